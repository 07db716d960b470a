# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of a cluster, on elliptic curves: three authorities (cluster, front proxy, etcd) and what they sign.

Which component needs which: https://kubernetes.io/docs/setup/best-practices/certificates/. `cryptography` comes with ansible-core.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .._errors import LocalClusterError
from .._state import write_private

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

LIFETIME = datetime.timedelta(days=3650)


@dataclass(frozen=True)
class KeyPair:
    """Paths of a certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority in a directory: `<name>.crt` and `<name>.key`, made when missing."""

    def __init__(self, directory: Path, name: str) -> None:
        self._directory = directory
        self.pair = KeyPair(directory / f"{name}.crt", directory / f"{name}.key")
        self._made: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None
        if not (self.pair.certificate.is_file() and self.pair.key.is_file()):
            self._create(name)

    def issue(self, name: str, common_name: str, organization: str = "", hosts: Sequence[str] = ()) -> KeyPair:
        """A certificate for clients and servers, `<name>.crt` and `.key`, made when missing. hosts: DNS names and IP addresses."""
        pair = KeyPair(self._directory / f"{name}.crt", self._directory / f"{name}.key")
        if pair.certificate.is_file() and pair.key.is_file():
            return pair
        from cryptography import x509
        from cryptography.x509.oid import ExtendedKeyUsageOID

        authority, authority_key = self._load()
        key = _new_key()
        builder = (
            _builder(_name(common_name, organization), authority.subject, key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        )
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False)
        _write(pair, builder, authority_key, key)
        return pair

    def _create(self, name: str) -> None:
        from cryptography import x509

        key = _new_key()
        subject = _name(f"roro {name}", "")
        builder = (
            _builder(subject, subject, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_authority_usage(), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        _write(self.pair, builder, key, key)

    def _load(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        if self._made is None:
            from cryptography import x509
            from cryptography.hazmat.primitives.asymmetric import ec
            from cryptography.hazmat.primitives.serialization import load_pem_private_key

            try:
                key = load_pem_private_key(self.pair.key.read_bytes(), None)
                certificate = x509.load_pem_x509_certificate(self.pair.certificate.read_bytes())
            except (OSError, ValueError) as error:
                raise LocalClusterError(
                    f"cannot read this cluster's authority: {error}",
                    where=str(self.pair.certificate),
                    hint="Take the cluster down and up again.",
                ) from error
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise LocalClusterError("not a key of this program", where=str(self.pair.key), hint="Take the cluster down and up again.")
            self._made = (certificate, key)
        return self._made


def signing_key(directory: Path, name: str) -> KeyPair:
    """A bare key pair (`<name>.pub`, `<name>.key`) that signs service account tokens, made when missing."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pair = KeyPair(directory / f"{name}.pub", directory / f"{name}.key")
    if not (pair.certificate.is_file() and pair.key.is_file()):
        key = _new_key()
        write_private(pair.key, _pem(key))
        write_private(pair.certificate, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return pair


def _new_key() -> ec.EllipticCurvePrivateKey:
    try:
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as error:
        raise LocalClusterError("the Python package cryptography is missing", hint="pip install cryptography") from error
    return ec.generate_private_key(ec.SECP256R1())


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _name(common_name: str, organization: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(host: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    from cryptography import x509

    now = datetime.datetime.now(datetime.UTC)
    # An hour back: a machine's clock may be set while the cluster lives.
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
    )


def _authority_usage() -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _write(pair: KeyPair, builder: x509.CertificateBuilder, signer: ec.EllipticCurvePrivateKey, key: ec.EllipticCurvePrivateKey) -> None:
    """The certificate last: a pair that was interrupted is made again."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    write_private(pair.key, _pem(key))
    write_private(pair.certificate, builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM))
