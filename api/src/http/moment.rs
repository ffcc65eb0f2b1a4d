//! A moment as the contract writes it, for the types of the OpenAPI document.

use std::borrow::Cow;

use domain::time::Timestamp;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use serde_json::Value;

/// RFC 3339, in UTC with `Z`.
#[derive(Debug, Clone, Copy)]
pub struct Moment(pub Timestamp);

impl Type for Moment {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "string_date-time".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "date-time")))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ToJSON for Moment {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.0.to_string()))
    }
}

impl ParseFromJSON for Moment {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        let text = value
            .as_ref()
            .and_then(Value::as_str)
            .ok_or_else(ParseError::expected_input)?;
        Ok(Self(text.parse().map_err(ParseError::custom)?))
    }
}
