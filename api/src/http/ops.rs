//! What operators and tools look at, outside of `/api`: health, the contract, the browsable documentation.

use std::sync::Arc;
use std::time::Duration;

use http::{StatusCode, header};
use poem::web::Data;
use poem::{Response, Route, get, handler};
use serde_json::{Value, json};

use super::contract;
use crate::app::App;

/// The page brings all it needs with it, and may ask nobody but this server.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                           img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

/// How long readiness waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);

fn answer(well: bool, mut body: Value) -> Response {
    body["status"] = json!(if well { "ok" } else { "unavailable" });
    let response = Response::builder().content_type("application/json");
    let response = match well {
        true => response,
        false => response
            .status(StatusCode::SERVICE_UNAVAILABLE)
            .header(header::RETRY_AFTER, "1"),
    };
    response.body(body.to_string())
}

/// What is said of the bus, if there can be other nodes.
fn bus(app: &App) -> Value {
    match app.bus_is_up() {
        Some(true) => json!({ "bus": "up" }),
        Some(false) => json!({ "bus": "away" }),
        None => json!({}),
    }
}

/// Alive: the process answers. Nothing else is asked.
#[handler]
fn live() -> Response {
    answer(true, json!({}))
}

/// Ready: the database answers too, and no stop has begun. A node whose bus is away is ready, and says so.
#[handler]
async fn ready(app: Data<&Arc<App>>) -> Response {
    answer(app.is_ready(PATIENCE).await, bus(&app))
}

/// For people and simple monitors: the state and the socket figures of this node, without names.
#[handler]
async fn health(app: Data<&Arc<App>>) -> Response {
    let mut about = bus(&app);
    about["version"] = json!(env!("CARGO_PKG_VERSION"));
    about["sockets"] = json!(app.live.own_stats(None).figures);
    answer(app.is_ready(PATIENCE).await, about)
}

#[handler]
fn openapi_yaml() -> Response {
    Response::builder()
        .content_type("application/yaml")
        .body(contract::yaml())
}

#[handler]
fn openapi_json() -> Response {
    Response::builder()
        .content_type("application/json")
        .body(contract::json())
}

/// Sockets and event streams, frame by frame; written by hand and held against the frames by tests.
#[handler]
fn asyncapi_yaml() -> Response {
    Response::builder()
        .content_type("application/yaml")
        .body(include_str!("../../../asyncapi.yaml"))
}

#[handler]
fn docs() -> Response {
    Response::builder()
        .content_type("text/html; charset=utf-8")
        .header(header::CONTENT_SECURITY_POLICY, DOCS_POLICY)
        .body(contract::page())
}

/// Adds these paths to the others.
pub fn mount(routes: Route) -> Route {
    routes
        .at("/health", get(health))
        .at("/health/live", get(live))
        .at("/health/ready", get(ready))
        .at("/openapi.yaml", get(openapi_yaml))
        .at("/openapi.json", get(openapi_json))
        .at("/asyncapi.yaml", get(asyncapi_yaml))
        .at("/docs", get(docs))
}
