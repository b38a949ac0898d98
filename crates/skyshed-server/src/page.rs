//! The page: hand-written files, shipped inside, that ask for nothing from anywhere else.

use crate::body::Sendable;

/// One file of the page.
pub struct File {
    /// Where it is served.
    pub path: &'static str,
    content_type: &'static str,
    text: &'static str,
}

/// Every file.
pub const FILES: &[File] = &[
    File { path: "/", content_type: "text/html; charset=utf-8", text: include_str!("../web/index.html") },
    File {
        path: "/style.css",
        content_type: "text/css; charset=utf-8",
        text: include_str!("../web/style.css"),
    },
    File { path: "/app.js", content_type: SCRIPT, text: include_str!("../web/app.js") },
    File { path: "/map.js", content_type: SCRIPT, text: include_str!("../web/map.js") },
    File { path: "/network.js", content_type: SCRIPT, text: include_str!("../web/network.js") },
    File { path: "/states.js", content_type: SCRIPT, text: include_str!("../web/states.js") },
    File { path: "/why.js", content_type: SCRIPT, text: include_str!("../web/why.js") },
    File { path: "/icon.svg", content_type: "image/svg+xml", text: include_str!("../web/icon.svg") },
];

const SCRIPT: &str = "text/javascript; charset=utf-8";

impl File {
    /// The file, ready to be sent.
    pub fn sendable(&self) -> Sendable {
        Sendable::new(self.content_type, self.text)
    }
}
