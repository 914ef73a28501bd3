//! Which addresses may be asked for news: public ones only.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inside {
    /// This machine.
    Loopback,
    /// A private network.
    Private,
    /// The link only: routers, and the metadata services of cloud machines.
    LinkLocal,
    /// Shared by a provider's customers (RFC 6598).
    Shared,
    /// More than one host.
    Multicast,
    /// For examples and benchmarks.
    Documentation,
    /// An IPv4 address in an IPv6 one (mapped, NAT64, 6to4, Teredo): what it leads to, the network decides.
    Translated,
    /// No address of a host: unspecified, broadcast, reserved.
    Reserved,
}

impl fmt::Display for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "this machine",
            Self::Private => "a private network",
            Self::LinkLocal => "link-local",
            Self::Shared => "a provider's inner network",
            Self::Multicast => "multicast",
            Self::Documentation => "for documentation and tests only",
            Self::Translated => "an IPv4 address inside an IPv6 one",
            Self::Reserved => "reserved",
        })
    }
}

/// `None` when the address is public; otherwise why it is not (IANA's special-purpose registries).
#[must_use]
pub const fn inside(address: IpAddr) -> Option<Inside> {
    match address {
        IpAddr::V4(v4) => inside_v4(v4),
        IpAddr::V6(v6) => inside_v6(v6),
    }
}

const fn inside_v4(address: Ipv4Addr) -> Option<Inside> {
    let kind = match address.octets() {
        [127, ..] => Inside::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Inside::Private,
        [169, 254, ..] => Inside::LinkLocal,
        [100, 64..=127, ..] => Inside::Shared,
        [224..=239, ..] => Inside::Multicast,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [198, 18..=19, ..] => Inside::Documentation,
        [192, 88, 99, _] => Inside::Translated,
        [0, ..] | [192, 0, 0, _] | [240..=255, ..] => Inside::Reserved,
        _ => return None,
    };
    Some(kind)
}

const fn inside_v6(address: Ipv6Addr) -> Option<Inside> {
    let kind = match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Inside::Loopback,
        // Mapped, NAT64 (well-known and local), 6to4, Teredo; and the older "compatible" form.
        [0, 0, 0, 0, 0, 0xffff, ..]
        | [0x64, 0xff9b, ..]
        | [0x2002, ..]
        | [0x2001, 0, ..]
        | [0, 0, 0, 0, 0xffff, 0, ..] => Inside::Translated,
        [0xff00..=0xffff, ..] => Inside::Multicast,
        [0xfe80..=0xfebf, ..] => Inside::LinkLocal,
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Inside::Private,
        [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] | [0x2001, 2, 0, ..] => Inside::Documentation,
        // The rest of 2001::/23 is for protocols; global hosts live in 2000::/3 only.
        [0x2001, 0..=0x1ff, ..] => Inside::Reserved,
        [0x2000..=0x3fff, ..] => return None,
        _ => Inside::Reserved,
    };
    Some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        use Inside::{Documentation, LinkLocal, Loopback, Multicast, Private, Reserved, Shared, Translated};
        let table = [
            ("8.8.8.8", None),
            ("172.15.255.255", None),
            ("172.32.0.1", None),
            ("100.63.0.1", None),
            ("100.128.0.1", None),
            ("169.253.1.1", None),
            ("2606:4700:4700::1111", None),
            ("2a00:1450:4001::8a", None),
            ("2001:200::1", None),
            ("127.0.0.1", Some(Loopback)),
            ("127.255.255.254", Some(Loopback)),
            ("::1", Some(Loopback)),
            ("10.0.0.1", Some(Private)),
            ("172.16.0.1", Some(Private)),
            ("172.31.255.255", Some(Private)),
            ("192.168.1.1", Some(Private)),
            ("fc00::1", Some(Private)),
            ("fdff::1", Some(Private)),
            ("fec0::1", Some(Private)),
            ("169.254.169.254", Some(LinkLocal)),
            ("fe80::1", Some(LinkLocal)),
            ("100.64.0.1", Some(Shared)),
            ("100.127.255.255", Some(Shared)),
            ("224.0.0.1", Some(Multicast)),
            ("ff02::1", Some(Multicast)),
            ("192.0.2.1", Some(Documentation)),
            ("198.51.100.1", Some(Documentation)),
            ("203.0.113.1", Some(Documentation)),
            ("198.18.0.1", Some(Documentation)),
            ("2001:db8::1", Some(Documentation)),
            ("3fff::1", Some(Documentation)),
            ("::ffff:127.0.0.1", Some(Translated)),
            ("::ffff:8.8.8.8", Some(Translated)),
            ("64:ff9b::7f00:1", Some(Translated)),
            ("64:ff9b:1::1", Some(Translated)),
            ("2002:7f00:1::", Some(Translated)),
            ("2001::1", Some(Translated)),
            ("::127.0.0.1", Some(Reserved)),
            ("0.0.0.0", Some(Reserved)),
            ("0.1.2.3", Some(Reserved)),
            ("::", Some(Reserved)),
            ("255.255.255.255", Some(Reserved)),
            ("240.0.0.1", Some(Reserved)),
            ("192.0.0.1", Some(Reserved)),
            ("100::1", Some(Reserved)),
            ("2001:10::1", Some(Reserved)),
            ("5f00::1", Some(Reserved)),
        ];
        for (text, expected) in table {
            assert_eq!(inside(text.parse().unwrap()), expected, "{text}");
        }
    }
}
