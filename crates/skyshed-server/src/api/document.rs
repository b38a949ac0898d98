//! The OpenAPI document of every path here, made of what stands over the handlers, and a page that shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use serde_json::Value;
use utoipa::PartialSchema;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::Ask;
use super::responses::{NotModified, Refusals};
use super::{Answer, App};
use crate::body::Sendable;
use crate::docs;
use crate::problem::ProblemBody;

/// The document and its page do not change while the program runs.
static DOCUMENT: LazyLock<Sendable> = LazyLock::new(|| Sendable::json(super::openapi().to_string()));
static PAGE: LazyLock<Sendable> =
    LazyLock::new(|| Sendable::new("text/html; charset=utf-8", docs::page(&super::openapi())));
static STYLE: LazyLock<Sendable> =
    LazyLock::new(|| Sendable::new("text/css; charset=utf-8", include_str!("../docs.css")));

/// Paths without a version: they are for people and programs that look around.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(openapi_json))
        .routes(routes!(docs_page))
        .route("/docs.css", axum::routing::get(|headers: HeaderMap| async move { STYLE.response(&headers) }))
}

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "service",
    responses((status = 200, body = Object, description = "OpenAPI 3.1."), NotModified, Refusals)
)]
async fn openapi_json(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    app.send(DOCUMENT.clone(), &ask).await
}

/// This document as a page: it needs no script and asks for nothing from anywhere else.
#[utoipa::path(
    get,
    path = "/docs",
    tag = "service",
    responses(
        (status = 200, body = String, content_type = "text/html", description = "The page."),
        NotModified, Refusals
    )
)]
async fn docs_page(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    let mut response = app.send(PAGE.clone(), &ask).await?;
    let policy =
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// What no handler says: the title, and the problem that every path shares.
pub fn base() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Skyshed")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The planet in one slot: who is served, by what, who decided it. Reading is public. Every key of an answer is always \
             present, null where it does not apply. Times are RFC 3339 in UTC, cell ids hexadecimal strings, units the last \
             part of a key.",
        ))
        .license(Some(utoipa::openapi::License::new(env!("CARGO_PKG_LICENSE"))))
        .build();
    let components = ComponentsBuilder::new().schema("Problem", ProblemBody::schema()).build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// The document as it is served: what the derived schemas cannot say is put right.
pub fn finished(document: OpenApi) -> Value {
    let mut document = serde_json::to_value(document).expect("a document becomes JSON");
    plain_words(&mut document);
    let requests = requests(&document);
    let schemas = document["components"]["schemas"].as_object_mut().expect("there are schemas");
    let answers = schemas.iter_mut().filter(|(name, _)| *name != "Problem" && !requests.contains(*name));
    answers.for_each(|(_, schema)| all_required(schema));
    document
}

/// Every path of the document with its methods, such as `GET, HEAD`.
pub fn methods(document: &Value) -> BTreeMap<String, String> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let methods = |item: &Value| {
        let mut methods = Vec::new();
        for method in item.as_object().into_iter().flatten().map(|(method, _)| method.to_ascii_uppercase()) {
            let reads = method == "GET";
            methods.push(method);
            methods.extend(reads.then(|| "HEAD".to_owned()));
        }
        methods.join(", ")
    };
    paths.map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// Schemas that requests are made of: there a key may be left out.
fn requests(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let operations = document["paths"].as_object().into_iter().flatten();
    for operation in operations.filter_map(|(_, item)| item.as_object()).flatten() {
        collect_schemas(&operation.1["requestBody"], document, &mut found);
    }
    found
}

fn collect_schemas(part: &Value, document: &Value, found: &mut BTreeSet<String>) {
    match part {
        Value::Object(keys) => {
            let name = keys.get("$ref").and_then(Value::as_str).and_then(|name| name.rsplit('/').next());
            if let Some(name) = name.filter(|name| found.insert((*name).to_owned())) {
                collect_schemas(&document["components"]["schemas"][name], document, found);
            }
            keys.values().for_each(|part| collect_schemas(part, document, found));
        }
        Value::Array(parts) => parts.iter().for_each(|part| collect_schemas(part, document, found)),
        _ => {}
    }
}

/// Every key of an answer is always present, also where it may be null.
fn all_required(schema: &mut Value) {
    match schema {
        Value::Object(keys) => {
            let names = keys.get("properties").and_then(Value::as_object);
            if let Some(names) = names.map(|names| names.keys().cloned().collect::<Vec<_>>()) {
                keys.insert("required".to_owned(), names.into());
            }
            keys.values_mut().for_each(all_required);
        }
        Value::Array(parts) => parts.iter_mut().for_each(all_required),
        _ => {}
    }
}

/// Descriptions are the comments of the code: what links in them point to is not here.
fn plain_words(part: &mut Value) {
    match part {
        Value::Object(keys) => {
            for (key, part) in keys {
                match part {
                    Value::String(text) if key == "description" || key == "summary" => {
                        *text = text.replace("[`", "`").replace("`]", "`");
                    }
                    part => plain_words(part),
                }
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(plain_words),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_says_all_that_may_come() {
        let document = super::super::openapi();
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.len() >= 10, "{paths:?}");
        for (path, item) in paths {
            for (method, operation) in item.as_object().unwrap() {
                assert!(
                    operation["summary"].as_str().is_some_and(|line| !line.is_empty()),
                    "{method} {path}"
                );
                for status in ["400", "405", "429", "503"] {
                    assert!(!operation["responses"][status].is_null(), "{method} {path} without {status}");
                }
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    assert!(!parameter["description"].is_null(), "{method} {path}: {parameter}");
                }
            }
        }
    }

    #[test]
    fn every_schema_that_is_named_is_there_and_all_of_its_keys_are_required() {
        let document = super::super::openapi();
        let mut named = BTreeSet::new();
        collect_schemas(&document["paths"], &document, &mut named);
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for name in &named {
            assert!(schemas.contains_key(name), "{name} is no schema");
        }
        let keys = |name: &str, part: &str| schemas[name][part].as_object().map(|keys| keys.len());
        let required = schemas["Why"]["required"].as_array().unwrap().len();
        assert_eq!(keys("Why", "properties"), Some(required));
        assert!(!schemas["Problem"]["required"].to_string().contains("candidates"));
    }

    #[test]
    fn the_methods_of_a_path_are_those_of_the_document() {
        let methods = methods(&super::super::openapi());
        assert_eq!(methods["/api/v1/why"], "GET, HEAD");
    }
}
