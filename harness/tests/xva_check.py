"""Checks a XenServer bundle with Python's own tar and XML-RPC readers and writes the disk that they see.

usage: xva_check.py BUNDLE OUT    OUT gets the first disk
"""
import hashlib
import re
import sys
import tarfile
import xmlrpc.client

UNIT = 1 << 20
bundle, out = sys.argv[1:]
archive = tarfile.open(bundle, "r:")
members = archive.getmembers()
assert members[0].name == "ova.xml", members[0].name
xml = archive.extractfile(members[0]).read().decode("utf-8")
call = "<methodCall><methodName>x</methodName><params><param>%s</param></params></methodCall>" % xml
(top,), _ = xmlrpc.client.loads(call)
assert int(top["version"]["export_vsn"]) == 2
objects = {o["id"]: o for o in top["objects"]}
assert len(objects) == len(top["objects"]), "an id twice"


def references(value):
    if isinstance(value, dict):
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)
    elif isinstance(value, str) and value.startswith("Ref:"):
        yield value


for o in top["objects"]:
    for reference in references(o["snapshot"]):
        assert reference in objects, reference

vbds = [o["snapshot"] for o in top["objects"] if o["class"] == "VBD"]
ids = sorted(vbd["VDI"] for vbd in vbds if vbd["type"] != "CD")
names = [m.name for m in members[1:]]
assert all(re.match(r"^Ref:[0-9]+/[0-9]{8}(\.checksum)?$", name) for name in names)
blocks = names[::2]
assert [name + ".checksum" for name in blocks] == names[1::2]
assert blocks == sorted(blocks)
for number, identity in enumerate(ids):
    size = int(objects[identity]["snapshot"]["virtual_size"])
    disk = bytearray(size)
    mine = [name for name in blocks if name.startswith(identity + "/")]
    assert mine[0].endswith("/00000000") and int(mine[-1].split("/")[1]) == size // UNIT - 1
    for name in mine:
        data = archive.extractfile(name).read()
        assert len(data) == UNIT
        assert archive.extractfile(name + ".checksum").read().decode() == hashlib.sha1(data).hexdigest()
        at = int(name.split("/")[1]) * UNIT
        disk[at:at + UNIT] = data
    if number == 0:
        open(out, "wb").write(disk)
print(len(ids), "disk(s),", len(blocks), "blocks")
