//! The OpenAPI document as a page for a person: no script, no picture, nothing from anywhere else. An operation that reads can
//! be tried with a plain form.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

/// The page of a document.
pub fn page(document: &Value) -> String {
    let mut html = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Skyshed: the API</title>\n<link rel=\"stylesheet\" href=\"/docs.css\">\n",
    );
    let info = &document["info"];
    let _ = writeln!(
        html,
        "<header><h1>{} {}</h1><p>{}</p><p><a href=\"/openapi.json\">openapi.json</a> · <a href=\"/\">the page</a></p></header>",
        escaped(text(&info["title"])),
        escaped(text(&info["version"])),
        words(text(&info["description"]))
    );
    let groups = groups(document);
    html += "<nav aria-label=\"Groups\"><ul>";
    groups.keys().for_each(|name| {
        let _ = write!(html, "<li><a href=\"#{0}\">{0}</a></li>", escaped(name));
    });
    html += "</ul></nav>\n<main>\n";
    for (name, operations) in groups {
        let _ = writeln!(html, "<section id=\"{0}\"><h2>{0}</h2>", escaped(name));
        operations.iter().for_each(|(path, method, operation)| one(&mut html, path, method, operation));
        html += "</section>\n";
    }
    html += "<section id=\"schemas\"><h2>Schemas</h2>\n";
    for (name, part) in document["components"]["schemas"].as_object().into_iter().flatten() {
        schema(&mut html, name, part);
    }
    html + "</section>\n</main>\n"
}

type Operation<'a> = (&'a str, &'a str, &'a Value);

/// Operations by tag, in the order of their paths.
fn groups(document: &Value) -> BTreeMap<&str, Vec<Operation<'_>>> {
    let mut groups: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let tag = operation["tags"][0].as_str().unwrap_or("other");
            groups.entry(tag).or_default().push((path, method, operation));
        }
    }
    groups
}

fn one(html: &mut String, path: &str, method: &str, operation: &Value) {
    let _ = writeln!(
        html,
        "<details><summary><span class=\"method\">{}</span> <code>{}</code> {}</summary>",
        method.to_ascii_uppercase(),
        escaped(path),
        words(text(&operation["summary"]))
    );
    if let Some(more) = operation["description"].as_str() {
        let _ = writeln!(html, "<p>{}</p>", words(more));
    }
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if method == "get" && parameters.iter().all(|parameter| parameter["in"] == "query") {
        form(html, path, parameters);
    } else if !parameters.is_empty() {
        table(
            html,
            "Parameters",
            ["name", "in", "meaning"],
            parameters.iter().map(|parameter| {
                let meaning = words(text(&parameter["description"]));
                let example = example(parameter);
                let such = if example.is_empty() {
                    String::new()
                } else {
                    format!(" Such as <code>{}</code>.", escaped(&example))
                };
                [code(text(&parameter["name"])), escaped(text(&parameter["in"])), meaning + &such]
            }),
        );
    }
    if let Some(body) = operation["requestBody"]["content"].as_object() {
        table(
            html,
            "Body",
            ["type", "of", "meaning"],
            body.iter().map(|(kind, content)| {
                [
                    code(kind),
                    kind_of(&content["schema"]),
                    words(text(&operation["requestBody"]["description"])),
                ]
            }),
        );
    }
    let responses = operation["responses"].as_object().into_iter().flatten();
    table(
        html,
        "Answers",
        ["status", "body", "when"],
        responses.map(|(status, response)| {
            let bodies = response["content"].as_object().into_iter().flatten();
            let bodies: Vec<String> = bodies
                .map(|(kind, content)| format!("{} {}", code(kind), kind_of(&content["schema"])))
                .collect();
            [escaped(status), bodies.join(", "), words(text(&response["description"]))]
        }),
    );
    *html += "</details>\n";
}

/// What is asked for, to be filled in.
fn form(html: &mut String, path: &str, parameters: &[Value]) {
    let _ = writeln!(html, "<form action=\"{}\" method=\"get\">", escaped(path));
    for parameter in parameters {
        let (name, needed) = (text(&parameter["name"]), parameter["required"] == true);
        let value = if needed { example(parameter) } else { String::new() };
        let off = if needed { " required" } else { "" };
        let _ = writeln!(
            html,
            "<label><code>{0}</code> {1}<input name=\"{0}\" value=\"{2}\" placeholder=\"{3}\"{off}></label>",
            escaped(name),
            words(text(&parameter["description"])),
            escaped(&value),
            escaped(&example(parameter)),
        );
    }
    *html += "<button>Ask</button></form>\n";
}

fn schema(html: &mut String, name: &str, part: &Value) {
    let _ = writeln!(
        html,
        "<details id=\"schema-{0}\"><summary><code>{0}</code> {1}</summary>",
        escaped(name),
        words(text(&part["description"]))
    );
    let keys = part["properties"].as_object().into_iter().flatten();
    let rows: Vec<[String; 3]> =
        keys.map(|(key, kind)| [code(key), kind_of(kind), words(text(&kind["description"]))]).collect();
    if rows.is_empty() {
        let _ = writeln!(html, "<p>{}</p>", kind_of(part));
    } else {
        table(html, "Keys", ["key", "type", "meaning"], rows.into_iter());
    }
    *html += "</details>\n";
}

fn table(html: &mut String, caption: &str, heads: [&str; 3], rows: impl Iterator<Item = [String; 3]>) {
    let _ = write!(html, "<table><caption>{caption}</caption><tr>");
    heads.iter().for_each(|head| {
        let _ = write!(html, "<th scope=\"col\">{head}</th>");
    });
    *html += "</tr>\n";
    for row in rows {
        let _ = writeln!(html, "<tr><td>{}</td></tr>", row.join("</td><td>"));
    }
    *html += "</table>\n";
}

/// A schema in a word or a few, with links to those that have names.
fn kind_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        return format!("<a href=\"#schema-{0}\">{0}</a>", escaped(name));
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[choice].as_array() {
            return parts.iter().map(kind_of).collect::<Vec<_>>().join(if choice == "allOf" {
                " and "
            } else {
                " or "
            });
        }
    }
    match &schema["type"] {
        Value::Array(kinds) => {
            let one = |kind: &Value| {
                let mut part = schema.clone();
                part["type"] = kind.clone();
                kind_of(&part)
            };
            kinds.iter().map(one).collect::<Vec<_>>().join(" or ")
        }
        Value::String(kind) if kind == "array" => format!("array of {}", kind_of(&schema["items"])),
        Value::String(kind) => escaped(kind),
        _ => String::new(),
    }
}

fn example(parameter: &Value) -> String {
    match &parameter["example"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// Text with `code` between backticks.
fn words(text: &str) -> String {
    let part = |(index, part): (usize, &str)| if index % 2 == 1 { code(part) } else { escaped(part) };
    text.split('`').enumerate().map(part).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_operation_becomes_a_form_and_tables() {
        let document = json!({
            "info": {"title": "A & B", "version": "1", "description": "Says `x<y`."},
            "paths": {"/a": {"get": {"tags": ["t"], "summary": "Reads.", "parameters":
                [{"name": "q", "in": "query", "required": true, "description": "What.", "example": "\"x\""}],
                "responses": {"200": {"description": "Good.", "content": {"application/json":
                    {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/S"}}}}}}}}},
            "components": {"schemas": {"S": {"properties": {"k": {"type": ["string", "null"]}}}}},
        });
        let html = page(&document);
        for part in [
            "<h1>A &amp; B 1</h1><p>Says <code>x&lt;y</code>.</p>",
            "<form action=\"/a\" method=\"get\">",
            "value=\"&quot;x&quot;\"",
            "array of <a href=\"#schema-S\">S</a>",
            "<td><code>k</code></td><td>string or null</td>",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        assert!(!html.contains("<script") && !html.contains("style="));
    }
}
