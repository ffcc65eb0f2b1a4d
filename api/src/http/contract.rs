//! `openapi.yaml`: made from the handlers' types, the same for the file in the repository, the served one and the page.

use std::sync::{Arc, OnceLock};

use poem_openapi::{ContactObject, LicenseObject, OpenApi, OpenApiService};

use super::{
    accounts::AccountsApi, admin::AdminApi, answers::AnswersApi, bots::BotsApi, documents::DocumentsApi,
    events::EventsApi, markdown::MarkdownApi, messages::MessagesApi, notifications::NotificationsApi,
    presence::PresenceApi, providers::ProvidersApi, sessions::SessionsApi, sharing::SharingApi,
    tasks::TasksApi,
};
use crate::app::App;

pub type AllApis = (
    AccountsApi,
    BotsApi,
    ProvidersApi,
    SharingApi,
    SessionsApi,
    MessagesApi,
    MarkdownApi,
    AnswersApi,
    DocumentsApi,
    EventsApi,
    PresenceApi,
    NotificationsApi,
    AdminApi,
    TasksApi,
);

pub fn apis(app: &Arc<App>) -> AllApis {
    (
        AccountsApi { app: app.clone() },
        BotsApi { app: app.clone() },
        ProvidersApi { app: app.clone() },
        SharingApi { app: app.clone() },
        SessionsApi { app: app.clone() },
        MessagesApi { app: app.clone() },
        MarkdownApi { app: app.clone() },
        AnswersApi { app: app.clone() },
        DocumentsApi { app: app.clone() },
        EventsApi { app: app.clone() },
        PresenceApi { app: app.clone() },
        NotificationsApi { app: app.clone() },
        AdminApi { app: app.clone() },
        TasksApi { app: app.clone() },
    )
}

pub fn service<T: OpenApi>(apis: T) -> OpenApiService<T, ()> {
    OpenApiService::new(apis, "Colloquy", env!("CARGO_PKG_VERSION"))
        .description(
            "Teams that talk to bots together: the REST side. Live events come over WebSockets, Server-Sent Events or long polls; every one of \
             them was committed before it was sent.",
        )
        .license(LicenseObject::new("MIT OR Apache-2.0").url("https://spdx.org/licenses/MIT.html"))
        .contact(ContactObject::new().name("The Colloquy developers"))
        .server("/api")
}

/// The document needs the handlers' types, not their state: the state of this stand-in is never touched.
fn document() -> &'static (String, String, String) {
    static DOCUMENT: OnceLock<(String, String, String)> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let service = service(Types);
        (service.spec_yaml(), service.spec(), service.swagger_ui_html())
    })
}

pub fn yaml() -> String {
    document().0.clone()
}

pub fn json() -> String {
    document().1.clone()
}

pub fn page() -> String {
    document().2.clone()
}

/// The methods that a path takes, for the `Allow` of a 405; `path` is as the request has it.
pub fn methods_of(path: &str) -> Vec<String> {
    let Some(path) = path.strip_prefix("/api") else {
        return vec!["GET".into()];
    };
    let described = AllApis::meta().into_iter().flat_map(|api| api.paths);
    let matching = described.filter(|described| same_shape(&described.path, path));
    let methods = matching
        .flat_map(|described| described.operations)
        .map(|operation| operation.method.to_string());
    methods.collect()
}

/// Whether a path is one of this template, whose parts in braces stand for anything.
fn same_shape(template: &str, path: &str) -> bool {
    let parts = || template.split('/');
    parts().count() == path.split('/').count()
        && parts()
            .zip(path.split('/'))
            .all(|(part, given)| part.starts_with('{') || part == given)
}

/// All operations, without anything to serve them.
struct Types;

impl OpenApi for Types {
    fn meta() -> Vec<poem_openapi::registry::MetaApi> {
        AllApis::meta()
    }

    fn register(registry: &mut poem_openapi::registry::Registry) {
        AllApis::register(registry);
    }

    fn add_routes(
        self,
        _routes: &mut std::collections::HashMap<
            String,
            std::collections::HashMap<http::Method, poem::endpoint::BoxEndpoint<'static>>,
        >,
    ) {
    }
}

#[cfg(test)]
mod tests {
    use super::methods_of;

    #[test]
    fn the_methods_of_a_path_are_those_of_the_document() {
        assert_eq!(methods_of("/api/bots"), ["POST", "GET"]);
        assert_eq!(methods_of("/api/bots/7/permissions/8"), ["PUT", "DELETE"]);
        assert_eq!(methods_of("/health"), ["GET"]);
        assert!(methods_of("/api/nothing").is_empty());
    }
}
