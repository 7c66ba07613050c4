"""Where messages to linked systems may go: hosts of the public internet, looked up once.

The lists follow IANA's registries of special-purpose addresses (RFC 6890), but are closed where they are open: ranges
for documentation, tunnels, translation and anycast services are nobody's web server, and neither is a cloud's own
metadata server that happens to have a public address.
"""

import re
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.errors import Invalid

LONGEST = 500
NOT_PUBLIC = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by providers
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's own services
        "169.254.0.0/16",  # link-local, with the metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments, with Oracle's 192.0.0.192
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
]
GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that IANA has given out. IPv4-mapped, NAT64, loopback, local and multicast addresses lie outside."""
NOT_PUBLIC_6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, with Teredo, which carries an IPv4 address
        "2001:db8::/32",
        "2002::/16",  # 6to4, which carries an IPv4 address
        "2620:4f:8000::/48",
        "3fff::/20",
    )
]


class NotAllowed(Exception):
    """Nothing is sent there; ``reason`` is a code of ``WebhookDelivery.Reason``."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def is_public(address):
    """Tell whether an address, as text, is one of the public internet."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return not any(found in network for network in NOT_PUBLIC)
    return (
        isinstance(found, IPv6Address)
        and found.scope_id is None
        and found in GLOBAL_UNICAST
        and not any(found in network for network in NOT_PUBLIC_6)
    )


def is_loopback(address):
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""What a host's last label must not be: resolvers read such a name as an IPv4 address (WHATWG URL, "ends in a number").
"""


def is_name(host):
    """Tell whether a host can be looked up as a name: labels of letters and digits, the last of them no number."""
    labels = host.lower().removesuffix(".").split(".")
    return len(host) <= 253 and all(map(LABEL.fullmatch, labels)) and not NUMBER.fullmatch(labels[-1])


def check(url):
    """Return the address of a linked system as it is kept; raises ``Invalid`` for what nothing is sent to.

    It looks at the words only: the host is looked up when something is sent.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    is_inside = settings.LINKED_SYSTEMS_ON_LOOPBACK and is_loopback(host)
    is_ours = parts.scheme == "https" or (parts.scheme == "http" and is_inside)
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not host or not plain or len(url) > LONGEST or port == 0 or not is_ours:
        raise Invalid(_("Write a whole address that begins with https://."), field="url")
    if parts.username is not None or parts.password is not None or "#" in url:
        raise Invalid(_("The address holds no name, no password and no #."), field="url")
    is_number = host.replace(".", "").isdigit() or ":" in host
    if not is_number and not is_name(host):
        raise Invalid(_("This is no name of a host on the public internet."), field="url")
    if is_number and not is_inside and not is_public(host):
        raise Invalid(_("This address is not on the public internet."), field="url")
    return url


def resolve(host, port):
    """Return the one address to connect to; raises ``NotAllowed`` where the host has none, or any that is not public.

    The resolver's own limit of time holds. In the demo and in tests loopback is allowed too.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotAllowed("no_address") from None
    addresses = [str(address[0]) for *_unused, address in found]
    may_be_here = settings.LINKED_SYSTEMS_ON_LOOPBACK
    for address in addresses:
        if not (is_public(address) or (may_be_here and is_loopback(address))):
            raise NotAllowed("not_public")
    return addresses[0]
