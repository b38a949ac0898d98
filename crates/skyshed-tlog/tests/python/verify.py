"""Verifies a log that the crate wrote with aics-tlog and cryptography; shares no code with the crate.

verify.py FOLDER LOG_VKEY QUORUM WITNESS_VKEY... : the checkpoint's signature, the Ed25519 cosignatures, every tile and
bundle, every inclusion proof, and consistency from every size up to 300 and a spread above. An ML-DSA-44 vkey (type 6) is
checked with cryptography over the message that C2SP tlog-cosignature writes.
"""

import base64
import sys
from pathlib import Path

import aics_tlog as tlog
from cryptography.hazmat.primitives.asymmetric import mldsa


def main(folder, log_vkey, quorum, *witness_vkeys):
    text = (Path(folder) / "checkpoint").read_text()
    note = tlog.parse_note(text)
    log_key = tlog.parse_vkey(log_vkey)
    ed25519 = [vkey for vkey in witness_vkeys if key_data(vkey)[0] == 4]
    result = tlog.verify_checkpoint(note, log_key, [tlog.parse_vkey(vkey) for vkey in ed25519], int(quorum))
    assert result.ok, result
    assert result.cosignature_count == len(ed25519), result
    size, root = result.size, result.root

    reader = tlog.FileSystemTileReader(folder)
    tlog.audit_tiles(reader, size, root)
    assert tlog.tree_root_from_tiles(reader, size) == root
    for index in range(size):
        leaf = tlog.leaf_hash(tlog.read_entry(reader, index, size))
        assert tlog.verify_inclusion(leaf, index, size, tlog.inclusion_proof_from_tiles(reader, index, size), root)
    sizes = [old for old in range(1, size + 1) if old <= 300 or old % 97 == 0 or old == size]
    for old in sizes:
        proof = tlog.consistency_proof_from_tiles(reader, old, size)
        assert tlog.verify_consistency(old, size, tlog.tree_root_from_tiles(reader, old, size), root, proof)

    ml_dsa = [vkey for vkey in witness_vkeys if key_data(vkey)[0] == 6]
    for vkey in ml_dsa:
        check_ml_dsa(text, vkey, result.origin, size, root)
    print(f"{size} entries, {len(sizes)} earlier sizes, {len(ed25519)} + {len(ml_dsa)} cosignatures: verified")


def key_data(vkey):
    return base64.b64decode(vkey.split("+", 2)[2])


def check_ml_dsa(text, vkey, origin, size, root):
    name, key_id, _ = vkey.split("+", 2)
    lines = [line for line in text.splitlines() if line.startswith(f"— {name} ")]
    signatures = [base64.b64decode(line.rsplit(" ", 1)[1]) for line in lines]
    [signature] = [signature for signature in signatures if signature[:4].hex() == key_id]
    message = b"subtree/v1\n\0" + bytes([len(name)]) + name.encode() + signature[4:12]
    message += bytes([len(origin)]) + origin.encode() + bytes(8) + size.to_bytes(8, "big") + root
    key = mldsa.MLDSA44PublicKey.from_public_bytes(key_data(vkey)[1:])
    key.verify(signature[12:], message)


main(*sys.argv[1:])
