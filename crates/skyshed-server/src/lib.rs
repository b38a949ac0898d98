//! Serves the engine over HTTP: plans every slot as it begins, answers commands as JSON, and shows the planet on a page.
//! It holds no logic of its own: a request becomes a [`skyshed::Command`], an [`skyshed::Outcome`] becomes a response.

use std::net::SocketAddr;
use std::sync::Arc;

use skyshed::{Epoch, World};

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Where to listen; port 0 takes any free port.
    pub listen: SocketAddr,
    /// The service's clock starts here instead of now, and runs on from it.
    pub at: Option<Epoch>,
}

/// Serves `world` until SIGINT or SIGTERM.
pub fn serve(_world: Arc<World>, _options: ServeOptions) -> anyhow::Result<()> {
    anyhow::bail!("not served yet")
}
