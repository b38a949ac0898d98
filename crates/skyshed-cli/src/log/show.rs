//! `skyshed log show N`: one record, in words.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::{Value, json};
use skyshed_records::leaf::{self, Leaf};
use skyshed_records::ledger::View;
use skyshed_records::record::{Body, Index};
use skyshed_records::sshsig;

use super::place::{self, Read, at};
use super::words;
use crate::args::Cli;
use crate::{print_json, print_text};

/// Answers `skyshed log show`.
pub fn show(cli: &Cli, number: Index) -> Result<()> {
    let read = place::read(cli)?;
    let view = read.view(at(cli))?;
    let (bytes, leaf) = read.leaf(number)?;
    let time = read.times().at(number);
    if cli.world.json {
        let signatures: Vec<Value> = leaf.iter().flat_map(|leaf| &leaf.sigs).map(signature_json).collect();
        let fate = words::fate_json(&read.proven().ledger, &view, number);
        print_json(&json!({
            "log": read.proven().public.checkpoint.origin,
            "number": number,
            "bytes": bytes.len(),
            "witnessed_at": time,
            "body": leaf.as_ref().map(|leaf| leaf.body.to_json()),
            "body_sha256": leaf.as_ref().map(|leaf| leaf.body_sha256),
            "type": leaf.as_ref().map(Leaf::type_name),
            "namespace": leaf.as_ref().map(Leaf::namespace),
            "signatures": signatures,
            "summary": fate["summary"],
            "status": fate["status"],
            "requests": fate["requests"],
        }))?;
        return read.end();
    }
    let when = time.map_or("not yet by a quorum".to_owned(), |time| time.to_string());
    let text = match &leaf {
        Some(leaf) => text(&read, &view, number, leaf, &when),
        None => malformed(number, &bytes, &when),
    };
    print_text(&text)?;
    read.end()
}

fn malformed(number: Index, bytes: &[u8], when: &str) -> String {
    let error = leaf::parse(bytes).err().map(|error| error.to_string()).unwrap_or_default();
    format!(
        "record    {number}: {} bytes that are no record, without effect\nwitnessed {when}\nerror     {error}\n",
        bytes.len()
    )
}

fn text(read: &Read, view: &View, number: Index, leaf: &Leaf, when: &str) -> String {
    let mut text = words::fate(&read.proven().ledger, view, number);
    let _ = writeln!(text, "witnessed {when}");
    let _ = writeln!(text, "hash      {}", leaf.body_sha256);
    for sig in &leaf.sigs {
        let key = sshsig::claims(&sig.sig).map(|(key, _)| key).unwrap_or_default();
        let _ = writeln!(text, "signed    {} with {key}", sig.by);
    }
    if leaf.sigs.is_empty() {
        let _ =
            writeln!(text, "signed    by nobody: records of type {} follow from others", leaf.type_name());
    }
    match &leaf.body {
        Body::Witnessed(one) => {
            let _ = write!(text, "\n{}", one.checkpoint);
        }
        body => fields(&body.to_json(), 0, &mut text),
    }
    let _ = writeln!(text, "\nlog       {}", read.line());
    text
}

/// The body, field by field, names in one column.
fn fields(value: &Value, depth: usize, text: &mut String) {
    let Some(object) = value.as_object() else { return };
    if depth == 0 {
        text.push('\n');
    }
    let indent = "  ".repeat(depth);
    let width = object.keys().map(String::len).max().unwrap_or(0);
    for (name, value) in object {
        if value.is_object() {
            let _ = writeln!(text, "{indent}{name}");
            fields(value, depth + 1, text);
        } else {
            let line = format!("{indent}{name:width$}  {}", plain(value));
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
}

/// A value without quotes; lists with commas.
fn plain(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Array(all) => all.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn signature_json(sig: &leaf::Sig) -> Value {
    let claims = sshsig::claims(&sig.sig).ok();
    json!({ "by": sig.by, "key": claims.as_ref().map(|(key, _)| key), "namespace": claims.as_ref().map(|(_, name)| name) })
}
