"""Writes the first disk of a bundle as dissect.archive sees it.

usage: xva_dissect.py BUNDLE OUT
"""
import sys

from dissect.archive.xva import XVA

bundle = XVA(open(sys.argv[1], "rb"))
(first, *_) = bundle.disks()
with open(sys.argv[2], "wb") as out:
    stream = bundle.open(first)
    while part := stream.read(1 << 20):
        out.write(part)
