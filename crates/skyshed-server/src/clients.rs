//! Who asks: the address a connection comes from, or, behind a proxy that is trusted, the one the proxy names. Limits per
//! client count an IPv4 address, or of IPv6 a network of 64 bits, which is what one household gets. Rates count the bearer of
//! a token that is believed instead ([`Caller`]).

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, header};

use crate::identity::{Identity, TokenError, bearer};

/// What limits per client count as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Client {
    /// An IPv4 address.
    V4(u32),
    /// The first 64 bits of an IPv6 address.
    V6(u64),
}

impl Client {
    /// The client at an address.
    pub fn of(address: IpAddr) -> Client {
        match address.to_canonical() {
            IpAddr::V4(address) => Client::V4(address.to_bits()),
            IpAddr::V6(address) => Client::V6((address.to_bits() >> 64) as u64),
        }
    }
}

/// Whom rates count as one: who a token says asks, else whoever is at the address that the request comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// Somebody without a token.
    Address(Client),
    /// The bearer of a token that is believed, wherever the request comes from.
    Bearer(Identity),
}

impl Caller {
    /// Who a token says asks.
    pub fn bearer(&self) -> Option<&Identity> {
        match self {
            Caller::Address(_) => None,
            Caller::Bearer(identity) => Some(identity),
        }
    }
}

/// The bearer token of a request; none where there is none, or another scheme.
///
/// # Errors
/// [`TokenError::Form`] for several fields, and for one that is no text: which of them would count?
pub fn bearer_of(headers: &HeaderMap) -> Result<Option<&str>, TokenError> {
    let mut fields = headers.get_all(header::AUTHORIZATION).iter();
    match (fields.next().map(|field| field.to_str()), fields.next()) {
        (None, _) => Ok(None),
        (Some(Ok(field)), None) => Ok(bearer(field)),
        _ => Err(TokenError::Form),
    }
}

/// Some addresses: one, or those that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// IPv4 as `::ffff:a.b.c.d`.
    address: u128,
    /// How many bits are the same, of 128.
    bits: u32,
}

/// Text that is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address or network; allowed: such as 127.0.0.1, 10.0.0.0/8, ::1 or fd00::/8")]
pub struct NetworkError(String);

impl Network {
    /// Whether an address is one of these.
    pub fn contains(self, address: IpAddr) -> bool {
        let shift = 128 - self.bits;
        let differs = mapped(address) ^ self.address;
        differs.checked_shr(shift).unwrap_or(0) == 0
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Network, NetworkError> {
        let bad = || NetworkError(text.to_owned());
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().map_err(|_| bad())?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let (longest, offset) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let bits = bits.unwrap_or(longest);
        (bits <= longest).then_some(Network { address: mapped(address), bits: bits + offset }).ok_or_else(bad)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Ipv6Addr::from_bits(self.address).to_canonical() {
            IpAddr::V4(address) if self.bits >= 96 => write!(f, "{address}/{}", self.bits - 96),
            address => write!(f, "{address}/{}", self.bits),
        }
    }
}

fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Proxies that are believed when they say for whom they ask.
#[derive(Clone, Debug)]
pub struct Proxies {
    /// Where they are. None: nobody is believed.
    pub trusted: Vec<Network>,
    /// Where they say it: addresses with commas in between, the nearest last, as in `X-Forwarded-For`.
    pub header: HeaderName,
}

impl Default for Proxies {
    fn default() -> Proxies {
        Proxies { trusted: Vec::new(), header: HeaderName::from_static("x-forwarded-for") }
    }
}

impl Proxies {
    /// Whether somebody there is believed.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    /// The address of the client behind a connection from `peer`: the nearest that is no trusted proxy. What stands further
    /// away was written by the client itself, who may write anything.
    pub fn client_of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer;
        if self.trusted.is_empty() || !self.trusts(peer) {
            return nearest;
        }
        let values: Vec<&str> =
            headers.get_all(&self.header).iter().filter_map(|value| value.to_str().ok()).collect();
        for text in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            // A proxy that does not know names nobody: then it is the client itself.
            let Some(address) = address(text.trim()) else { return nearest };
            nearest = address;
            if !self.trusts(address) {
                return nearest;
            }
        }
        nearest
    }
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn networks_contain_what_begins_alike() {
        let check = |network: &str, address: &str, expected: bool| {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(ip(address)), expected, "{network} {address}");
        };
        check("10.0.0.0/8", "10.255.1.2", true);
        check("10.0.0.0/8", "11.0.0.0", false);
        check("127.0.0.1", "127.0.0.1", true);
        check("127.0.0.1", "::ffff:127.0.0.1", true);
        check("127.0.0.1", "127.0.0.2", false);
        check("0.0.0.0/0", "203.0.113.9", true);
        check("0.0.0.0/0", "2001:db8::1", false);
        check("::/0", "2001:db8::1", true);
        check("fd00::/8", "fd12:3456::1", true);
        check("fd00::/8", "fe80::1", false);
        for bad in ["", "10.0.0.0/33", "::/129", "localhost", "10.0.0/8", "1.2.3.4/x"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
        assert_eq!("10.0.0.0/8".parse::<Network>().unwrap().to_string(), "10.0.0.0/8");
        assert_eq!("::1".parse::<Network>().unwrap().to_string(), "::1/128");
    }

    #[test]
    fn a_request_has_one_token_or_none() {
        let fields = |values: &[&'static str]| -> HeaderMap {
            values.iter().map(|value| (header::AUTHORIZATION, value.parse().unwrap())).collect()
        };
        assert_eq!(bearer_of(&fields(&[])), Ok(None));
        assert_eq!(bearer_of(&fields(&["Bearer abc"])), Ok(Some("abc")));
        assert_eq!(bearer_of(&fields(&["Bearer abc", "Bearer abd"])), Err(TokenError::Form));
    }

    #[test]
    fn a_household_is_one_client() {
        assert_eq!(Client::of(ip("2001:db8:1:2::1")), Client::of(ip("2001:db8:1:2:ffff::9")));
        assert_ne!(Client::of(ip("2001:db8:1:2::1")), Client::of(ip("2001:db8:1:3::1")));
        assert_eq!(Client::of(ip("::ffff:192.0.2.1")), Client::of(ip("192.0.2.1")));
        assert_ne!(Client::of(ip("192.0.2.1")), Client::of(ip("192.0.2.2")));
    }

    #[test]
    fn only_trusted_proxies_say_for_whom_they_ask() {
        let proxies = Proxies {
            trusted: ["10.0.0.0/8", "::1"].map(|text| text.parse().unwrap()).to_vec(),
            ..Proxies::default()
        };
        let check = |proxies: &Proxies, peer: &str, said: &[&'static str], expected: &str| {
            let name = proxies.header.clone();
            let headers: HeaderMap =
                said.iter().map(|value| (name.clone(), value.parse().unwrap())).collect();
            assert_eq!(proxies.client_of(ip(peer), &headers), ip(expected), "{peer} {said:?}");
        };
        // A stranger says what he likes.
        check(&proxies, "203.0.113.9", &["198.51.100.1"], "203.0.113.9");
        check(&Proxies::default(), "10.0.0.1", &["198.51.100.1"], "10.0.0.1");
        check(&proxies, "10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check(&proxies, "::1", &["198.51.100.1:4711"], "198.51.100.1");
        check(&proxies, "10.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7");
        // What the client wrote before the proxy added its address does not count.
        check(&proxies, "10.0.0.1", &["192.0.2.66, 198.51.100.1"], "198.51.100.1");
        check(&proxies, "10.0.0.1", &["192.0.2.66", "198.51.100.1"], "198.51.100.1");
        // Through several proxies of ours.
        check(&proxies, "10.0.0.1", &["198.51.100.1, 10.2.3.4"], "198.51.100.1");
        check(&proxies, "10.0.0.1", &["10.9.9.9, 10.2.3.4"], "10.9.9.9");
        check(&proxies, "10.0.0.1", &["198.51.100.1, unknown"], "10.0.0.1");
        check(&proxies, "10.0.0.1", &[], "10.0.0.1");
    }
}
