//! A file on its way out: to be saved under its name, never to be shown in a page of this origin.

use domain::document::Kind;
use http::{HeaderValue, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponses, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;

use super::answer::meta;

/// What the value of an extended parameter may hold as it is (RFC 8187, `attr-char`).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// A file that is to be saved.
pub struct Download {
    pub filename: String,
    pub kind: Kind,
    pub size: u64,
    pub body: Body,
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let mut response = Response::builder()
            .content_type(self.kind.content_type())
            .body(self.body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(self.size));
        if let Ok(disposition) = HeaderValue::from_str(&attachment(&self.filename)) {
            headers.insert(header::CONTENT_DISPOSITION, disposition);
        }
        let policy = HeaderValue::from_static("sandbox; default-src 'none'");
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        response
    }
}

impl ApiResponse for Download {
    fn meta() -> MetaResponses {
        let binary = || MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")));
        let content = Kind::ALL.into_iter().map(|kind| MetaMediaType {
            content_type: kind.content_type(),
            schema: binary(),
        });
        let disposition = MetaHeader {
            name: "Content-Disposition".into(),
            description: Some("`attachment` with the file's name.".into()),
            required: true,
            deprecated: false,
            schema: <String as Type>::schema_ref(),
        };
        MetaResponses {
            responses: vec![meta(200, content.collect(), vec![disposition])],
        }
    }

    fn register(_registry: &mut Registry) {}
}

/// RFC 6266: the name for everyone, and the full one for those who read RFC 8187, which is all of today's browsers.
fn attachment(filename: &str) -> String {
    let plain: String = filename
        .chars()
        .map(|c| match c {
            '"' | '\\' | '%' => '_',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '_',
        })
        .collect();
    let full = utf8_percent_encode(filename, ENCODED);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}")
}

#[cfg(test)]
mod tests {
    use super::attachment;

    #[test]
    fn a_name_goes_out_in_both_forms_and_cannot_leave_its_quotes() {
        for (name, expected) in [
            (
                "a b.pdf",
                r#"attachment; filename="a b.pdf"; filename*=UTF-8''a%20b.pdf"#,
            ),
            (
                "na\u{ef}ve \"x\".txt",
                r#"attachment; filename="na_ve _x_.txt"; filename*=UTF-8''na%C3%AFve%20%22x%22.txt"#,
            ),
            (
                "x\"; filename*=UTF-8''y\\.html",
                r#"attachment; filename="x_; filename*=UTF-8''y_.html"; filename*=UTF-8''x%22%3B%20filename%2A%3DUTF-8%27%27y%5C.html"#,
            ),
        ] {
            assert_eq!(attachment(name), expected);
        }
    }
}
