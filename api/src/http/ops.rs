//! What operators and tools look at, outside of `/api`: health, the contract, the browsable documentation.

use std::sync::Arc;
use std::time::Duration;

use http::{StatusCode, header};
use poem::web::Data;
use poem::{IntoResponse, Response, Route, get, handler};
use serde_json::json;

use super::contract;
use crate::app::App;

/// How long readiness waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);

fn json_answer(status: StatusCode, body: &serde_json::Value) -> Response {
    Response::builder()
        .status(status)
        .content_type("application/json")
        .body(body.to_string())
}

/// Alive: the process answers. Nothing else is asked.
#[handler]
fn live() -> Response {
    json_answer(StatusCode::OK, &json!({ "status": "ok" }))
}

/// Ready: the database answers too, and no stop has begun.
#[handler]
async fn ready(app: Data<&Arc<App>>) -> Response {
    if app.is_ready(PATIENCE).await {
        json_answer(StatusCode::OK, &json!({ "status": "ok" }))
    } else {
        let body = json!({ "status": "unavailable" });
        json_answer(StatusCode::SERVICE_UNAVAILABLE, &body)
            .with_header(header::RETRY_AFTER, "1")
            .into_response()
    }
}

/// For people and simple monitors: the state and the socket figures, without names.
#[handler]
async fn health(app: Data<&Arc<App>>) -> Response {
    let answers = app.is_ready(PATIENCE).await;
    let status = if answers {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({
        "status": if answers { "ok" } else { "unavailable" },
        "version": env!("CARGO_PKG_VERSION"),
        "sockets": app.live.stats(None),
    });
    json_answer(status, &body)
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

#[handler]
fn docs() -> Response {
    Response::builder()
        .content_type("text/html; charset=utf-8")
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
        .at("/docs", get(docs))
}
