//! Whom a feed may make us ask. Every hop is judged anew: scheme, port, name, and each address the name leads to.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use async_trait::async_trait;
use url::{Host, Url};

use crate::address::{Inside, inside};
use crate::error::{FeedError, chain};

/// Looks names up.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// All addresses of a name.
    ///
    /// # Errors
    /// What the resolver says, when it has none.
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// The machine's own resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// Where the first request of a feed may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Public,
    /// A stand-in on this machine, which the owner named himself.
    Loopback,
}

/// A feed as the owner named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedAddress {
    url: Url,
    reach: Reach,
}

impl FeedAddress {
    /// Takes an address from the settings. One on this machine is accepted only in a stand-in world: when `stand_in`
    /// says that the venue is on this machine too.
    ///
    /// # Errors
    /// [`FeedError::Address`] when it can never be asked.
    pub fn new(url: Url, stand_in: bool) -> Result<Self, FeedError> {
        let host = plain_host(&url)?;
        let local = match url.host() {
            Some(Host::Domain(name)) => is_localhost(name),
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        if local && !stand_in {
            let reason = "is this machine; feeds here are read only when the venue is a stand-in here too".to_owned();
            return Err(FeedError::Address { host, reason });
        }
        Ok(Self { url, reach: if local { Reach::Loopback } else { Reach::Public } })
    }

    /// The address.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// Its host, for people.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }
}

/// An address to ask, with the addresses its name leads to, all of them checked. Only the guard makes one, and a
/// connection goes to one of `addresses` and nowhere else, whatever the name leads to by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub(crate) url: Url,
    pub(crate) addresses: Vec<SocketAddr>,
}

impl Target {
    /// What to ask for.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// Where to connect.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    pub(crate) fn host(&self) -> String {
        self.url.host_str().unwrap_or_default().to_owned()
    }
}

/// Judges hops.
pub struct Guard {
    resolver: Box<dyn Resolver>,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

impl Guard {
    /// Ports a redirect may lead to, beside the one the owner wrote himself.
    const PORTS: [u16; 2] = [80, 443];

    /// A guard that looks names up with `resolver`.
    #[must_use]
    pub fn new(resolver: Box<dyn Resolver>) -> Self {
        Self { resolver }
    }

    /// The first hop: as the owner wrote it, any port.
    ///
    /// # Errors
    /// [`FeedError`]: why it is not asked.
    pub async fn first(&self, feed: &FeedAddress) -> Result<Target, FeedError> {
        self.target(feed.url.clone(), feed.reach).await
    }

    /// A redirect of `feed` from `from` to `location`: never to this machine, never from https to http, only to the
    /// usual ports or the feed's own.
    ///
    /// # Errors
    /// [`FeedError`]: why it is not followed.
    pub async fn redirect(&self, feed: &FeedAddress, from: &Url, location: &str) -> Result<Target, FeedError> {
        let refused = |reason: &str| FeedError::Address {
            host: feed.host().to_owned(),
            reason: format!("redirects to {reason}"),
        };
        let url = from.join(location).map_err(|_| refused("what is no address"))?;
        plain_host(&url).map_err(|error| refused(&error.to_string()))?;
        if from.scheme() == "https" && url.scheme() == "http" {
            return Err(refused("an unencrypted address"));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let own = feed.url.host() == url.host() && feed.url.port_or_known_default() == Some(port);
        if !own && !Self::PORTS.contains(&port) {
            return Err(refused(&format!("port {port}, where no feed lives")));
        }
        self.target(url, Reach::Public).await.map_err(|error| refused(&error.to_string()))
    }

    async fn target(&self, url: Url, reach: Reach) -> Result<Target, FeedError> {
        let host = plain_host(&url)?;
        let found: BTreeSet<IpAddr> = match url.host() {
            Some(Host::Ipv4(ip)) => [IpAddr::V4(ip)].into(),
            Some(Host::Ipv6(ip)) => [IpAddr::V6(ip)].into(),
            Some(Host::Domain(name)) => {
                let found = self.resolver.addresses(name).await;
                let unknown = |reason| FeedError::Unknown { host: host.clone(), reason };
                found.map_err(|error| unknown(chain(&error)))?.into_iter().collect()
            }
            None => BTreeSet::new(),
        };
        if found.is_empty() {
            return Err(FeedError::Unknown { host, reason: "its name leads nowhere".to_owned() });
        }
        for &address in &found {
            // One bad address among good ones is no accident: the next look-up would give the bad one.
            match (reach, inside(address)) {
                (Reach::Public, None) | (Reach::Loopback, Some(Inside::Loopback)) => {}
                (Reach::Public, Some(why)) => return Err(FeedError::NotPublic { host, address, why }),
                (Reach::Loopback, _) => {
                    let reason = format!("is this machine by name, but leads to {address}");
                    return Err(FeedError::Address { host, reason });
                }
            }
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let addresses = found.into_iter().map(|address| SocketAddr::new(address, port)).collect();
        Ok(Target { url, addresses })
    }
}

/// The host of an address that may be asked at all: http or https, no name and password in it.
fn plain_host(url: &Url) -> Result<String, FeedError> {
    let refused = |reason: &str| {
        let host = url.host_str().unwrap_or("the address").to_owned();
        Err(FeedError::Address { host, reason: reason.to_owned() })
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refused("is neither http nor https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("has a name or a password in it");
    }
    url.host_str().map(str::to_owned).map_or_else(|| refused("has no host"), Ok)
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
#[path = "guard_tests.rs"]
pub(crate) mod tests;
