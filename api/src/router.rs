//! Which path leads where, and the layers every request passes.

use std::sync::Arc;

use http::{Method, StatusCode};
use poem::middleware::{AddData, CatchPanic};
use poem::{Endpoint, EndpointExt, Response, Route};

use crate::app::App;
use crate::error::plain;
use crate::http::cors::Cors;
use crate::http::deadline::{Deadline, Term};
use crate::http::problems::Problems;
use crate::http::request_id::Requests;
use crate::http::security_headers::SecurityHeaders;
use crate::http::{console, contract, ops};
#[cfg(feature = "echo")]
use crate::realtime::echo;
use crate::realtime::endpoint;

pub fn build(app: &Arc<App>) -> impl Endpoint<Output = Response> + 'static {
    let chat = || endpoint::chat(app.live.clone(), app.auth.clone(), app.origins.clone());
    let notifications = || endpoint::notifications(app.live.clone(), app.auth.clone(), app.origins.clone());
    let channels = || endpoint::channels(app.live.clone(), app.auth.clone(), app.origins.clone());
    let routes = Route::new()
        .at("/api/ws/chat/:bot_id", chat())
        .at("/ws/chat/:bot_id", chat())
        .at("/api/ws/notifications", notifications())
        .at("/ws/notifications", notifications())
        .at("/api/ws", channels())
        .at("/ws", channels())
        .nest("/api", contract::service(contract::apis(app)));
    #[cfg(feature = "echo")]
    let routes = routes.at(echo::PATH, echo::endpoint(app.live.clone(), app.origins.clone()));
    console::mount(ops::mount(routes), app.console.clone())
        // Closest to the routes: the layers outside of it make answers out of whatever is an error.
        .with(Problems)
        .with(Deadline {
            usual: app.settings.limits.request_deadline,
            upload: app.settings.limits.upload_deadline,
            term,
        })
        .with(AddData::new(app.clone()))
        .with(Cors(app.origins.clone()))
        .with(SecurityHeaders)
        .with(CatchPanic::new().with_handler(|_| {
            plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal_error",
                "The server failed; it has been logged.",
            )
        }))
        .with(Requests)
        .map_to_response()
}

/// Sockets, streams and long polls end by themselves, by rules of their own; files take their time.
fn term(method: &Method, path: &str) -> Term {
    let parts: Vec<_> = path.trim_start_matches("/api").split('/').collect();
    match parts.as_slice() {
        ["", "ws", ..] | ["", "bots", _, "events"] | ["", "bots", _, "events", "stream"] => Term::Endless,
        ["", "bots", _, "documents"] if method == Method::POST => Term::Upload,
        _ => Term::Usual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_to_last_is_spared_the_deadline() {
        for path in [
            "/api/ws/chat/7",
            "/ws/notifications",
            "/api/bots/7/events",
            "/api/bots/7/events/stream",
        ] {
            assert_eq!(term(&Method::GET, path), Term::Endless, "{path}");
        }
        for path in [
            "/api/sessions/events",
            "/api/bots/events",
            "/api/bots/7",
            "/api/bots/7/documents",
            "/health",
            "/api/auth/login",
        ] {
            assert_eq!(term(&Method::GET, path), Term::Usual, "{path}");
        }
        assert_eq!(term(&Method::POST, "/api/bots/7/documents"), Term::Upload);
        assert_eq!(term(&Method::POST, "/api/bots/7/search"), Term::Usual);
    }
}
