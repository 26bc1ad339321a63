"""Makes ownership.json: a proof of ownership and its key set, by OpenSSL's Ed25519 (pyca/cryptography) and Python's json."""

import base64
import hashlib
import json
import pathlib
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NOW = 1_790_000_000


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(key):
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def thumbprint(key):
    members = {"crv": "Ed25519", "kty": "OKP", "x": b64(raw(key))}
    return b64(hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest())


def tagged(tag, *parts):
    """mpc::tags::hash: the tag and each part, behind its length."""
    hashed = hashlib.sha256()
    for part in (tag.encode(), *parts):
        hashed.update(struct.pack("<Q", len(part)) + part)
    return hashed.digest()


receipt, proof = (Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in (1, 2))
until = NOW + 1000
certified = b"claimkit/proof-key/v1\0" + raw(proof) + struct.pack("<Q", until)
key = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": b64(raw(proof)),
    "kid": thumbprint(proof),
    "use": "sig",
    "alg": "EdDSA",
    "ck_exp": until,
    "ck_sig": b64(receipt.sign(certified)),
}
header = {"typ": "claimkit-proof+jwt", "kid": thumbprint(proof), "alg": "EdDSA"}
claims = {
    "iss": "urn:ietf:params:oauth:jwk-thumbprint:sha-256:" + thumbprint(receipt),
    "sub": b64(bytes([3]) * 16),
    "aud": "https://shop.example",
    "nonce": "n-0S6_WzA2Mj",
    "exp": NOW + 300,
    "iat": NOW,
    "wallet_type": "EVM",
    "public_key": b64(bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")),
    "epoch": 2,
    "claimant": b64(tagged("claimkit/claimant/v1", b"email", b"ada@example.com")),
}
signed = ".".join(b64(json.dumps(part, indent=1).encode()) for part in (header, claims))
vector = {"jwks": {"keys": [key]}, "proof": signed + "." + b64(proof.sign(signed.encode()))}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(vector, indent=2) + "\n")
