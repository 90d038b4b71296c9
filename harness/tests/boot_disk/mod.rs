//! Disks whose boot sector is all that there is to run.

/// A disk whose boot sector is this code.
pub(crate) fn disk(code: &[u8]) -> Vec<u8> {
    let mut disk = vec![0; 4 << 20];
    disk[..code.len()].copy_from_slice(code);
    disk[446..462].copy_from_slice(&[0x80, 1, 1, 0, 6, 15, 63, 3, 63, 0, 0, 0, 0, 0x10, 0, 0]);
    disk[510..512].copy_from_slice(&[0x55, 0xAA]);
    disk
}

/// Writes `A`, and then every key.
/// mov ax,0E41h; int 10h; again: xor ax,ax; int 16h; mov ah,0Eh; int 10h; jmp again
pub(crate) const ECHO: [u8; 15] =
    [0xB8, 0x41, 0x0E, 0xCD, 0x10, 0x31, 0xC0, 0xCD, 0x16, 0xB4, 0x0E, 0xCD, 0x10, 0xEB, 0xF6];
