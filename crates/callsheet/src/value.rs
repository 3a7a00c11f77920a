//! How the engine reaches into records.
//!
//! A record says by number where its fields live ([`Record::get`], [`Record::slot`]); its [`Shape`] says what they are.
//! Generated structs do it with the [`record!`](crate::record) macro, values made at run time by hand: the engine cannot tell them apart.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::schema::Shape;
use crate::series::Series;

/// A structure whose fields can be reached by number.
pub trait Record {
    /// What it is made of.
    fn shape(&self) -> &'static Shape;
    /// The value of field `index` of the shape.
    fn get(&self, index: usize) -> Ref<'_>;
    /// Where the value of field `index` goes. Asking for the slot of a list or structure does not create it.
    fn slot(&mut self, index: usize) -> Slot<'_>;
}

/// Where an answer goes: a record that can be emptied, since a reading that failed may have left something there.
pub trait Output: Record {
    /// Empties the record and gives it.
    fn fresh(&mut self) -> &mut dyn Record;
}

impl<R: Record + Default> Output for R {
    fn fresh(&mut self) -> &mut dyn Record {
        *self = R::default();
        self
    }
}

/// An action: its parameters are the record, its description and its output belong to the type.
pub trait Action: Record {
    /// What it answers.
    type Output: Record + Default;
    /// What it is called, and how it goes on the wire.
    const OPERATION: &'static crate::schema::Operation;
}

/// The members of a modelled error.
pub trait ModeledError: Record + Default {
    /// The code that announces it.
    const CODE: &'static str;
    /// Other codes that announce it.
    const OTHER_CODES: &'static [&'static str] = &[];
}

/// A value, as the encoder sees it.
#[derive(Clone, Copy)]
pub enum Ref<'a> {
    /// Not set.
    Absent,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A text, or the text of an enum.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
    /// An instant.
    Time(DateTime<Utc>),
    /// Any JSON value.
    Json(&'a dyn JsonRef),
    /// A monitor series.
    Series(&'a Series),
    /// A structure.
    Record(&'a dyn Record),
    /// A list.
    List(&'a dyn ListRef),
    /// A map.
    Map(&'a dyn MapRef),
}

/// A JSON value, as the encoder sees it. Records that hold one bring the code that writes it, and others go without.
pub trait JsonRef: fmt::Debug {
    /// The value.
    fn json(&self) -> &Json;
    /// Its text, without blanks.
    fn text(&self) -> String;
}

impl JsonRef for Json {
    fn json(&self) -> &Json {
        self
    }
    fn text(&self) -> String {
        // writing to a String cannot fail, and keys are texts
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A list, as the encoder sees it.
pub trait ListRef {
    /// Number of items.
    fn len(&self) -> usize;
    /// Item `index`, or [`Ref::Absent`] past the end.
    fn get(&self, index: usize) -> Ref<'_>;
    /// Whether there is no item.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A map, as the encoder sees it.
pub trait MapRef {
    /// Calls `each` with every entry, in order of the keys.
    fn visit(&self, each: &mut dyn FnMut(&str, Ref<'_>));
    /// Number of entries.
    fn len(&self) -> usize;
    /// Whether there is no entry.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A place for a value of type `T`.
pub enum Place<'a, T> {
    /// A required one.
    Plain(&'a mut T),
    /// An optional one.
    Optional(&'a mut Option<T>),
    /// One that keeps values in a form of its own: a record without a struct.
    Other(&'a mut dyn Put<T>),
}

/// Takes a value in.
pub trait Put<T> {
    /// Puts the value there.
    fn put(&mut self, value: T);
}

impl<T> Place<'_, T> {
    /// Puts the value there.
    pub fn put(self, value: T) {
        match self {
            Self::Plain(place) => *place = value,
            Self::Optional(place) => *place = Some(value),
            Self::Other(place) => place.put(value),
        }
    }
}

impl Place<'_, String> {
    /// Puts a copy of a text there: made where it stays, and in place, since most of what most answers hold is texts.
    #[inline(always)]
    pub(crate) fn put_copy(self, text: &str) {
        let place = match self {
            Self::Plain(place) => place,
            Self::Optional(place) => place.insert(String::new()),
            Self::Other(place) => return place.put(text.to_owned()),
        };
        *place = text.to_owned();
    }
}

/// Where a value goes, as the decoder sees it.
pub enum Slot<'a> {
    /// A boolean.
    Bool(Place<'a, bool>),
    /// An integer.
    Int(Place<'a, i64>),
    /// A float.
    Float(Place<'a, f64>),
    /// A text.
    Text(Place<'a, String>),
    /// An enum, set by its text.
    Enum(&'a mut dyn EnumSlot),
    /// Bytes.
    Blob(Place<'a, Vec<u8>>),
    /// An instant.
    Time(Place<'a, DateTime<Utc>>),
    /// Any JSON value.
    Json(&'a mut dyn JsonSlot),
    /// A monitor series.
    Series(Place<'a, Series>),
    /// A structure.
    Record(&'a mut dyn RecordSlot),
    /// A list.
    List(&'a mut dyn ListSlot),
    /// A map.
    Map(&'a mut dyn MapSlot),
    /// There is no such place: the record and its shape disagree.
    Missing,
}

impl fmt::Debug for Slot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool(_) => "Bool",
            Self::Int(_) => "Int",
            Self::Float(_) => "Float",
            Self::Text(_) => "Text",
            Self::Enum(_) => "Enum",
            Self::Blob(_) => "Blob",
            Self::Time(_) => "Time",
            Self::Json(_) => "Json",
            Self::Series(_) => "Series",
            Self::Record(_) => "Record",
            Self::List(_) => "List",
            Self::Map(_) => "Map",
            Self::Missing => "Missing",
        })
    }
}

/// A place for a JSON value. Records that hold one bring the code that reads it, and others go without.
pub trait JsonSlot: Put<Json> {
    /// Puts there what a text says in JSON; fails with the reason if it is not JSON.
    fn put_parsed(&mut self, text: &str) -> Result<(), String>;
    /// Puts a text there, as it is.
    fn put_text(&mut self, text: String);
}

impl<P: Put<Json>> JsonSlot for P {
    fn put_parsed(&mut self, text: &str) -> Result<(), String> {
        self.put(serde_json::from_str(text).map_err(|error| error.to_string())?);
        Ok(())
    }
    fn put_text(&mut self, text: String) {
        self.put(Json::String(text));
    }
}

impl Put<Json> for Json {
    fn put(&mut self, value: Json) {
        *self = value;
    }
}

impl Put<Json> for Option<Json> {
    fn put(&mut self, value: Json) {
        *self = Some(value);
    }
}

impl Wire for Json {
    fn value(&self) -> Ref<'_> {
        Ref::Json(self)
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::Json(self)
    }
    fn optional_slot(this: &mut Option<Self>) -> Slot<'_> {
        Slot::Json(this)
    }
}

/// A place for an enum.
pub trait EnumSlot {
    /// Sets it by the text of the wire.
    fn set(&mut self, text: &str);
}

/// A place for a structure.
pub trait RecordSlot {
    /// Creates the structure if it is not there yet, and gives it.
    fn open(&mut self) -> &mut dyn Record;
}

/// A place for a list.
pub trait ListSlot {
    /// Makes it an empty list if it is not there yet.
    fn open(&mut self);
    /// Appends an item with nothing in it and gives its place.
    fn push(&mut self) -> Slot<'_>;
    /// Number of items.
    fn len(&self) -> usize;
    /// Whether there is no item.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A place for a map.
pub trait MapSlot {
    /// Makes it an empty map if it is not there yet.
    fn open(&mut self);
    /// Adds an entry with nothing in it, or empties that of the same key, and gives its place.
    fn insert(&mut self, key: String) -> Slot<'_>;
}

/// The value, made if it is not there yet.
///
/// What this file does for each type is compiled once for every structure of a service, thousands of times for a large one. So it
/// is written out here and below: `Option::get_or_insert_default` and `map_or` were two fifths of all code that EC2 brought along.
fn there<T: Default>(place: &mut Option<T>) -> &mut T {
    match place {
        Some(value) => value,
        empty => empty.insert(T::default()),
    }
}

/// A type that a field of a generated struct can have.
pub trait Wire {
    /// The value.
    fn value(&self) -> Ref<'_>;
    /// Its place.
    fn slot(&mut self) -> Slot<'_>;
    /// The place of an optional one.
    fn optional_slot(this: &mut Option<Self>) -> Slot<'_>
    where
        Self: Sized;
}

impl<T: Wire> Wire for Option<T> {
    fn value(&self) -> Ref<'_> {
        match self {
            Some(value) => value.value(),
            None => Ref::Absent,
        }
    }
    fn slot(&mut self) -> Slot<'_> {
        T::optional_slot(self)
    }
    fn optional_slot(_: &mut Option<Self>) -> Slot<'_> {
        Slot::Missing
    }
}

macro_rules! scalar {
    ($($type:ty, $variant:ident, $place:ident => $ref:expr;)*) => {$(
        impl Wire for $type {
            fn value(&self) -> Ref<'_> {
                let $place = self;
                Ref::$variant($ref)
            }
            fn slot(&mut self) -> Slot<'_> {
                Slot::$variant(Place::Plain(self))
            }
            fn optional_slot(this: &mut Option<Self>) -> Slot<'_> {
                Slot::$variant(Place::Optional(this))
            }
        }
    )*};
}

scalar! {
    bool, Bool, v => *v;
    i64, Int, v => *v;
    f64, Float, v => *v;
    String, Text, v => v;
    Vec<u8>, Blob, v => v;
    DateTime<Utc>, Time, v => *v;
    Series, Series, v => v;
}

macro_rules! container {
    ($([$($type:tt)*], $variant:ident;)*) => {$(
        impl<T: Wire + Default> Wire for $($type)* {
            fn value(&self) -> Ref<'_> {
                Ref::$variant(self)
            }
            fn slot(&mut self) -> Slot<'_> {
                Slot::$variant(self)
            }
            fn optional_slot(this: &mut Option<Self>) -> Slot<'_> {
                Slot::$variant(this)
            }
        }
    )*};
}

container! {
    [Vec<T>], List;
    [BTreeMap<String, T>], Map;
}

impl<T: Wire> ListRef for Vec<T> {
    fn len(&self) -> usize {
        Vec::len(self)
    }
    fn get(&self, index: usize) -> Ref<'_> {
        match <[T]>::get(self, index) {
            Some(value) => value.value(),
            None => Ref::Absent,
        }
    }
}

impl<T: Wire + Default> ListSlot for Vec<T> {
    fn open(&mut self) {}
    fn push(&mut self) -> Slot<'_> {
        Vec::push(self, T::default());
        match self.last_mut() {
            Some(value) => value.slot(),
            None => Slot::Missing,
        }
    }
    fn len(&self) -> usize {
        Vec::len(self)
    }
}

impl<T: Wire + Default> ListSlot for Option<Vec<T>> {
    fn open(&mut self) {
        there(self);
    }
    fn push(&mut self) -> Slot<'_> {
        ListSlot::push(there(self))
    }
    fn len(&self) -> usize {
        match self {
            Some(list) => list.len(),
            None => 0,
        }
    }
}

impl<T: Wire> MapRef for BTreeMap<String, T> {
    fn visit(&self, each: &mut dyn FnMut(&str, Ref<'_>)) {
        for (key, value) in self {
            each(key, value.value());
        }
    }
    fn len(&self) -> usize {
        BTreeMap::len(self)
    }
}

impl<T: Wire + Default> MapSlot for BTreeMap<String, T> {
    fn open(&mut self) {}
    fn insert(&mut self, key: String) -> Slot<'_> {
        let place = self.entry(key).or_default();
        *place = T::default();
        place.slot()
    }
}

impl<T: Wire + Default> MapSlot for Option<BTreeMap<String, T>> {
    fn open(&mut self) {
        there(self);
    }
    fn insert(&mut self, key: String) -> Slot<'_> {
        MapSlot::insert(there(self), key)
    }
}

impl<R: Record> RecordSlot for R {
    fn open(&mut self) -> &mut dyn Record {
        self
    }
}

impl<R: Record + Default> RecordSlot for Option<R> {
    fn open(&mut self) -> &mut dyn Record {
        there::<R>(self)
    }
}

/// A structure that contains itself is boxed.
impl<R: Record> Record for Box<R> {
    fn shape(&self) -> &'static Shape {
        (**self).shape()
    }
    fn get(&self, index: usize) -> Ref<'_> {
        (**self).get(index)
    }
    fn slot(&mut self, index: usize) -> Slot<'_> {
        (**self).slot(index)
    }
}

impl<R: Record + Default> Wire for Box<R> {
    fn value(&self) -> Ref<'_> {
        Ref::Record(self)
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::Record(self)
    }
    fn optional_slot(this: &mut Option<Self>) -> Slot<'_> {
        Slot::Record(this)
    }
}

/// Implements [`Record`] for a struct: its shape, then the number and name of each field.
#[macro_export]
macro_rules! record {
    ($name:ident: $($rest:tt)*) => {
        $crate::action_record!($name: $($rest)*);
        $crate::wire_record!($name);
    };
}

/// As [`record!`](crate::record), for the parameters of an action, which are no part of other records.
#[macro_export]
macro_rules! action_record {
    ($name:ident: $shape:path; $($index:literal $field:ident),* $(,)?) => {
        impl $crate::value::Record for $name {
            fn shape(&self) -> &'static $crate::schema::Shape {
                &$shape
            }
            fn get(&self, index: usize) -> $crate::value::Ref<'_> {
                match index {
                    $($index => $crate::value::Wire::value(&self.$field),)*
                    _ => $crate::value::Ref::Absent,
                }
            }
            fn slot(&mut self, index: usize) -> $crate::value::Slot<'_> {
                match index {
                    $($index => $crate::value::Wire::slot(&mut self.$field),)*
                    _ => $crate::value::Slot::Missing,
                }
            }
        }
        $crate::debug_record!($name);
    };
}

/// Implements [`Record`] for a union: an enum with one variant per field and `Unknown` for none of them.
#[macro_export]
macro_rules! union_record {
    ($name:ident: $shape:path; $($index:literal $variant:ident),* $(,)?) => {
        impl $crate::value::Record for $name {
            fn shape(&self) -> &'static $crate::schema::Shape {
                &$shape
            }
            fn get(&self, index: usize) -> $crate::value::Ref<'_> {
                match (index, self) {
                    $(($index, Self::$variant(value)) => $crate::value::Wire::value(value),)*
                    _ => $crate::value::Ref::Absent,
                }
            }
            fn slot(&mut self, index: usize) -> $crate::value::Slot<'_> {
                match index {
                    $($index => {
                        *self = Self::$variant(::core::default::Default::default());
                        match self {
                            Self::$variant(value) => $crate::value::Wire::slot(value),
                            _ => $crate::value::Slot::Missing,
                        }
                    })*
                    _ => $crate::value::Slot::Missing,
                }
            }
        }
        $crate::wire_record!($name);
        $crate::debug_record!($name);
    };
}

/// Shows a record with its secrets hidden.
#[doc(hidden)]
#[macro_export]
macro_rules! debug_record {
    ($name:ident) => {
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::value::debug(self, f)
            }
        }
    };
}

/// Lets a record be the type of a field.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_record {
    ($name:ident) => {
        impl $crate::value::Wire for $name {
            fn value(&self) -> $crate::value::Ref<'_> {
                $crate::value::Ref::Record(self)
            }
            fn slot(&mut self) -> $crate::value::Slot<'_> {
                $crate::value::Slot::Record(self)
            }
            fn optional_slot(this: &mut ::core::option::Option<Self>) -> $crate::value::Slot<'_> {
                $crate::value::Slot::Record(this)
            }
        }
    };
}

/// Implements the conversions of an open enum: each documented variant with its text, and `Other(String)` for every other text.
#[macro_export]
macro_rules! open_enum {
    ($name:ident; $($variant:ident $text:literal),* $(,)?) => {
        impl $name {
            /// The documented values, as on the wire.
            pub const VALUES: &'static [&'static str] = &[$($text),*];
            /// The text on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }
        impl ::core::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    _ => Self::Other(::std::string::String::from(text)),
                }
            }
        }
        impl ::core::default::Default for $name {
            fn default() -> Self {
                Self::Other(::std::string::String::new())
            }
        }
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(self.as_str(), f)
            }
        }
        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl $crate::value::EnumSlot for $name {
            fn set(&mut self, text: &str) {
                *self = Self::from(text);
            }
        }
        impl $crate::value::Wire for $name {
            fn value(&self) -> $crate::value::Ref<'_> {
                $crate::value::Ref::Text(self.as_str())
            }
            fn slot(&mut self) -> $crate::value::Slot<'_> {
                $crate::value::Slot::Enum(self)
            }
            fn optional_slot(this: &mut ::core::option::Option<Self>) -> $crate::value::Slot<'_> {
                $crate::value::Slot::Enum(this)
            }
        }
    };
}

impl<E: EnumSlot + for<'a> From<&'a str>> EnumSlot for Option<E> {
    fn set(&mut self, text: &str) {
        *self = Some(E::from(text));
    }
}

/// The answer of an action that answers nothing.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Nothing;

crate::record!(Nothing: crate::schema::NOTHING;);

/// Shows a record by its table: the names of the spec, nothing that is not set, no secret.
pub fn debug(record: &dyn Record, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let shape = record.shape();
    let mut out = f.debug_struct(shape.name);
    for (index, field) in shape.fields().iter().enumerate() {
        match record.get(index) {
            Ref::Absent => {}
            _ if field.sensitive => {
                out.field(field.name, &format_args!("<redacted>"));
            }
            value => {
                out.field(field.name, &value);
            }
        }
    }
    out.finish()
}

impl fmt::Debug for Ref<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("None"),
            Self::Bool(v) => v.fmt(f),
            Self::Int(v) => v.fmt(f),
            Self::Float(v) => v.fmt(f),
            Self::Text(v) => v.fmt(f),
            Self::Blob(v) => write!(f, "<{} bytes>", v.len()),
            Self::Time(v) => v.fmt(f),
            Self::Json(v) => v.fmt(f),
            Self::Series(v) => v.fmt(f),
            Self::Record(record) => debug(*record, f),
            Self::List(items) => f.debug_list().entries((0..items.len()).map(|i| items.get(i))).finish(),
            Self::Map(entries) => {
                let mut out = f.debug_map();
                entries.visit(&mut |key, value| {
                    out.entry(&key, &value);
                });
                out.finish()
            }
        }
    }
}
