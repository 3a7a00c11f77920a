//! What generated code names, so that it compiles in any crate that depends on this one and on nothing else.

pub use core::convert::Into;
pub use core::default::Default;
pub use core::iter::IntoIterator;
pub use core::option::Option::{self, None, Some};
pub use std::boxed::Box;
pub use std::collections::BTreeMap as Map;
pub use std::string::String;
pub use std::vec::Vec;

pub use serde_json::Value as Json;

pub use crate::decode::{JSON, XML};
pub use crate::schema::{
    AddressKeys, AnswerStyle, Api, CallQuota, CredentialFile, CredentialFormat, CredentialSources, EnvironmentNames,
    ErrorShape, ErrorStyle, Field, FieldPath, Job, Join, Kind, List, ListForm, Map as MapOf, MapForm, Mark, Meaning,
    MetadataSource, Method, NOTHING, NamePlace, Operation, Order, Pages, Place, Reach, RequestStyle, Rule, SeriesInfo,
    Shape, Source, StructForm, TimeFormat, Turn, WaitRule, WaitState, WaitTest, Waiter, Window,
};
pub use crate::sequence::{Paged, PagedItems, StartsJob, Windowed};
pub use crate::series::Series;
pub use crate::service::Service;
pub use crate::sign;
pub use crate::value::{Action, ModeledError, Nothing};

use crate::schema::ErrorCode;

/// An instant.
pub type Time = chrono::DateTime<chrono::Utc>;

/// A field of any kind.
pub const fn field(name: &'static str, kind: Kind) -> Field {
    Field::new(name, kind)
}

/// A text.
pub const fn text(name: &'static str) -> Field {
    Field::new(name, Kind::Text)
}

/// An integer.
pub const fn int(name: &'static str) -> Field {
    Field::new(name, Kind::Int)
}

/// A number.
pub const fn float(name: &'static str) -> Field {
    Field::new(name, Kind::Float)
}

/// True or false.
pub const fn boolean(name: &'static str) -> Field {
    Field::new(name, Kind::Bool)
}

/// Bytes.
pub const fn blob(name: &'static str) -> Field {
    Field::new(name, Kind::Blob)
}

/// An instant in the format of the style.
pub const fn time(name: &'static str) -> Field {
    Field::new(name, Kind::Time(TimeFormat::Inherit))
}

/// A structure.
pub const fn record(name: &'static str, shape: &'static Shape) -> Field {
    Field::new(name, Kind::Record(shape))
}

/// One of the documented values, or any other text.
pub const fn one_of(name: &'static str, values: &'static [&'static str]) -> Field {
    Field::new(name, Kind::Enum(values))
}

/// A list.
pub const fn list(name: &'static str, list: &'static List) -> Field {
    Field::new(name, Kind::List(list))
}

/// A documented error code.
pub const fn code(code: &'static str, means: Meaning) -> ErrorCode {
    ErrorCode { code, means }
}

/// A modelled error.
pub const fn error(code: &'static str, shape: &'static Shape) -> ErrorShape {
    ErrorShape { code, shape }
}
