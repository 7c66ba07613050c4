"""Which hosts a message may go to, by IANA's own registries of addresses that are nobody's host."""

import csv
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_httpserver import HTTPServer

from accounts.errors import Invalid
from notifications import addresses, webhooks

IANA = Path(__file__).parent.parent / "vectors" / "iana" / "special-purpose.csv"
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"),
    *("128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0"),
    *("192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.112.255", "203.0.114.0"),
    *("223.255.255.255", "2001:200::", "2001:db7:ffff::", "2001:db9::", "2001:4860:4860::8888", "2003::1"),
    *("2606:4700:4700::1111", "2a00:1450:4001::1", "3ffe::1"),
]
# Multicast is in registries of its own; Oracle and Azure have their metadata at addresses that look public.
ELSEWHERE = [
    *("224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1", "192.0.0.192", "168.63.129.16", "fec0::1", "4000::1"),
    *("::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::8.8.8.8", "2002:0808:0808::1", "fe80::1%eth0", "2a00::1%1"),
    *("", "localhost", "0x7f.1", "127.1", "2130706433", "010.0.0.1"),
]


def blocks():
    with IANA.open() as file:
        return [row["block"] for row in csv.DictReader(file)]


@pytest.mark.parametrize("block", blocks())
def test_no_address_of_iana_s_special_purpose_registries_is_public(block):
    network = ip_network(block)
    edges = (network[0], network[-1], network[network.num_addresses // 2])
    assert {addresses.is_public(str(address)) for address in edges} == {False}


def test_their_neighbours_and_well_known_hosts_are_public():
    assert [address for address in PUBLIC if not addresses.is_public(address)] == []


def test_multicast_metadata_mapped_and_half_written_addresses_are_not():
    assert [address for address in ELSEWHERE if addresses.is_public(address)] == []


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "https://",
            "https:///x",
            "example.com",
            "ftp://example.com/",
            "javascript:alert(1)",
            "http://example.com/",
        ),
        *(
            "https://me:secret@example.com/",
            "https://me@example.com/",
            "https://example.com/#x",
            "https://example.com:0/",
        ),
        *("https://example.com:99999/", "https://exa mple.com/", "https://example.com/\\x", "https://exämple.com/"),
        *("https://10.0.0.1/", "https://[::1]/", "https://[64:ff9b::808:808]/", "https://169.254.169.254/latest/"),
        *("https://192.0.0.192/", "https://127.0.0.1/", "https://2130706433/", "https://example.com/\r\nHost: x"),
        *("https://./", "https://a..b/", "https://.example.com/", "https://0x7f000001/", "https://0X7F.1/"),
        *("https://example.0x7f/", "https://example.0x/", "https://example.1/", "https://0177.0.0.0x1./"),
        *("https://example.com/\x00", "https://[fe80::1%25eth0]/", "https://" + "a" * 600 + ".example/", "https://[x/"),
    ],
)
def test_an_address_that_nothing_is_sent_to_is_not_taken(url, settings):
    settings.LINKED_SYSTEMS_ON_LOOPBACK = False
    with pytest.raises(Invalid):
        addresses.check(url)


def test_an_address_of_the_public_internet_is_kept_as_it_is(settings):
    settings.LINKED_SYSTEMS_ON_LOOPBACK = False
    kept = [
        "https://example.com",
        "https://network.example.com:8443/a/b?c=d",
        "https://8.8.8.8/x",
        "https://1st.example.com./",
        "https://x.0x7f.example/",
        "https://[2003::1]/",
    ]
    assert [addresses.check(f"  {url} ") for url in kept] == kept


def answering(monkeypatch, *found):
    """Let every name lead to these addresses; return the names that were asked for."""
    asked, real = [], socket.getaddrinfo

    def lookup(host, port, *given, **more):
        if host.replace(".", "").isdigit():
            return real(host, port, *given, **more)
        asked.append(host)
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in found]
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port))
            for family, address in zip(families, found, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return asked


@pytest.mark.requirement("R73")
@pytest.mark.parametrize(
    "found", [["10.0.0.7"], ["8.8.8.8", "10.0.0.7"], ["::ffff:127.0.0.1"], ["64:ff9b::a00:1"], ["192.0.0.192"], ["::1"]]
)
def test_a_name_that_leads_inside_is_refused_before_anything_is_connected_to(found, settings, monkeypatch):
    settings.LINKED_SYSTEMS_ON_LOOPBACK = False
    answering(monkeypatch, *found)
    with pytest.raises(webhooks.NotTaken) as refused:
        webhooks.post("https://rebind.example/", "{}", {})
    assert refused.value.reason == "not_public"


def test_a_name_is_looked_up_once_and_that_address_is_connected_to_under_its_name(httpserver, monkeypatch):
    asked = answering(monkeypatch, "127.0.0.1")
    httpserver.expect_request("/x").respond_with_data("")

    assert webhooks.post(f"http://gate.example:{httpserver.port}/x", "{}", {}) == 200
    assert asked == ["gate.example"]
    (request, _response), *_more = httpserver.log
    assert request.headers["Host"] == f"gate.example:{httpserver.port}"


def test_without_tls_nothing_leaves_this_machine(settings, monkeypatch):
    answering(monkeypatch, "8.8.8.8")
    with pytest.raises(webhooks.NotTaken) as refused:
        webhooks.post("http://example.com/", "{}", {})
    assert refused.value.reason == "not_public"


@pytest.fixture
def authority(tmp_path):
    """An authority of our own, and a server on loopback that it vouches for as gate.example."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gate.example")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName("gate.example")]), critical=False)
    signed = built.sign(key, hashes.SHA256())
    pem, secret = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file = tmp_path / "gate.pem"
    file.write_bytes(signed.public_bytes(pem) + key.private_bytes(pem, secret, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    named = []
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    with HTTPServer(ssl_context=context) as server:
        server.expect_request("/x").respond_with_data("")
        yield server, signed.public_bytes(pem).decode(), named


def test_tls_asks_for_the_name_and_checks_the_certificate_against_it(authority, monkeypatch):
    server, certificate, named = authority
    answering(monkeypatch, "127.0.0.1")
    with pytest.raises(webhooks.NotTaken) as refused:
        webhooks.post(f"https://gate.example:{server.port}/x", "{}", {})
    assert refused.value.reason == "tls"

    monkeypatch.setattr(webhooks, "tls", lambda: ssl.create_default_context(cadata=certificate))
    assert webhooks.post(f"https://gate.example:{server.port}/x", "{}", {}) == 200
    assert named == ["gate.example", "gate.example"]
    with pytest.raises(webhooks.NotTaken) as refused:
        webhooks.post(f"https://other.example:{server.port}/x", "{}", {})
    assert refused.value.reason == "tls"
