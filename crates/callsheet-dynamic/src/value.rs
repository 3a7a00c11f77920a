//! Values without structs of their own.

use std::collections::BTreeMap;
use std::fmt;

use callsheet::schema::{Field, Kind, Shape};
use callsheet::series::Series;
use callsheet::value::{ListRef, ListSlot, MapRef, MapSlot, Output, Place, Put, Record, RecordSlot, Ref, Slot};
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

/// A structure of any shape: fields by name, or by number for the engine.
///
/// Two are equal when the same fields are set to equal values, whichever table they were made from; a field that is not set and one
/// that the other does not know are the same.
#[derive(Clone)]
pub struct DynRecord {
    shape: &'static Shape,
    cells: Vec<Cell>,
}

/// One value of any kind.
#[derive(Clone, Debug)]
pub enum Value {
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A text, or the text of an enum.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// An instant.
    Time(DateTime<Utc>),
    /// Any JSON value.
    Json(Json),
    /// A monitor series.
    Series(Series),
    /// A structure.
    Record(DynRecord),
    /// A list.
    List(List),
    /// A map.
    Map(Map),
}

/// A list of values of one kind.
#[derive(Clone, Debug)]
pub struct List {
    item: Kind,
    items: Vec<Value>,
}

/// A map from texts to values of one kind.
#[derive(Clone, Debug)]
pub struct Map {
    value: Kind,
    entries: BTreeMap<String, Value>,
}

/// Where one field lives.
#[derive(Clone)]
struct Cell {
    kind: Kind,
    value: Option<Value>,
}

impl DynRecord {
    /// One in which nothing is set.
    pub fn new(shape: &'static Shape) -> Self {
        let cells = shape.fields().iter().map(|field| Cell { kind: field.kind, value: None }).collect();
        Self { shape, cells }
    }

    /// A copy of any record, such as a generated struct.
    pub fn from_record(record: &dyn Record) -> Self {
        let mut copy = Self::new(record.shape());
        for (index, cell) in copy.cells.iter_mut().enumerate() {
            cell.value = Value::from_ref(cell.kind, record.get(index));
        }
        copy
    }

    /// What it is made of.
    pub fn shape(&self) -> &'static Shape {
        self.shape
    }

    /// The value of a field, by its name in the spec; `None` when it is not set or not known.
    pub fn value(&self, name: &str) -> Option<&Value> {
        let index = self.shape.fields().iter().position(|field| field.name == name)?;
        self.cells.get(index)?.value.as_ref()
    }

    /// The fields that are set, in order.
    pub fn set_fields(&self) -> impl Iterator<Item = (&'static Field, &Value)> {
        self.shape.fields().iter().zip(&self.cells).filter_map(|(field, cell)| Some((field, cell.value.as_ref()?)))
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.cells.iter().all(|cell| cell.value.is_none())
    }

    /// Takes a field's value out.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let index = self.shape.fields().iter().position(|field| field.name == name)?;
        self.cells.get_mut(index)?.value.take()
    }

    /// Sets field `index`; in a union the others go. A value of another kind than the field's is refused.
    pub fn put(&mut self, index: usize, value: Value) -> Result<(), Value> {
        match self.cells.get(index) {
            Some(cell) if value.fits(cell.kind) => {}
            _ => return Err(value),
        }
        self.make_room(index);
        if let Some(cell) = self.cells.get_mut(index) {
            cell.value = Some(value);
        }
        Ok(())
    }

    /// The value of field `index`, created empty when it is not set.
    pub(crate) fn open(&mut self, index: usize) -> Option<&mut Value> {
        self.make_room(index);
        let cell = self.cells.get_mut(index)?;
        Some(cell.value.get_or_insert_with(|| Value::empty(cell.kind)))
    }

    pub(crate) fn at(&self, index: usize) -> Option<&Value> {
        self.cells.get(index)?.value.as_ref()
    }

    /// A union has one field at most: the others go.
    fn make_room(&mut self, index: usize) {
        if self.shape.union {
            for (other, cell) in self.cells.iter_mut().enumerate() {
                if other != index {
                    cell.value = None;
                }
            }
        }
    }
}

impl PartialEq for DynRecord {
    fn eq(&self, other: &Self) -> bool {
        let covers = |a: &Self, b: &Self| a.set_fields().all(|(field, value)| b.value(field.name) == Some(value));
        covers(self, other) && covers(other, self)
    }
}

// by hand: secrets do not show
impl fmt::Debug for DynRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct(self.shape.name);
        for (field, value) in self.set_fields() {
            if field.sensitive {
                out.field(field.name, &format_args!("<redacted>"));
            } else {
                out.field(field.name, value);
            }
        }
        out.finish()
    }
}

impl Output for DynRecord {
    fn fresh(&mut self) -> &mut dyn Record {
        *self = Self::new(self.shape);
        self
    }
}

impl Record for DynRecord {
    fn shape(&self) -> &'static Shape {
        self.shape
    }

    fn get(&self, index: usize) -> Ref<'_> {
        self.at(index).map_or(Ref::Absent, Value::as_ref)
    }

    fn slot(&mut self, index: usize) -> Slot<'_> {
        if self.shape.union {
            // as in a generated enum: asking for the place of a member makes it that member
            self.make_room(index);
            let Some(cell) = self.cells.get_mut(index) else { return Slot::Missing };
            return cell.value.insert(Value::empty(cell.kind)).slot();
        }
        let Some(cell) = self.cells.get_mut(index) else { return Slot::Missing };
        match cell.kind {
            Kind::Bool => Slot::Bool(Place::Other(cell)),
            Kind::Int => Slot::Int(Place::Other(cell)),
            Kind::Float => Slot::Float(Place::Other(cell)),
            Kind::Text | Kind::Enum(_) => Slot::Text(Place::Other(cell)),
            Kind::Blob => Slot::Blob(Place::Other(cell)),
            Kind::Time(_) => Slot::Time(Place::Other(cell)),
            Kind::Document | Kind::JsonText => Slot::Json(cell),
            Kind::Series(_) => Slot::Series(Place::Other(cell)),
            Kind::Record(_) => Slot::Record(cell),
            Kind::List(_) => Slot::List(cell),
            Kind::Map(_) => Slot::Map(cell),
        }
    }
}

macro_rules! put {
    ($($type:ty => $variant:ident;)*) => {$(
        impl Put<$type> for Cell {
            fn put(&mut self, value: $type) {
                self.value = Some(Value::$variant(value));
            }
        }
    )*};
}

put! {
    bool => Bool;
    i64 => Int;
    f64 => Float;
    String => Text;
    Vec<u8> => Blob;
    DateTime<Utc> => Time;
    Json => Json;
    Series => Series;
}

impl RecordSlot for Cell {
    fn open(&mut self) -> &mut dyn Record {
        match self.value.get_or_insert_with(|| Value::empty(self.kind)) {
            Value::Record(record) => record,
            // not reached, since the slot of a cell is of the cell's kind; a record without fields takes nothing in
            _ => Box::leak(Box::new(DynRecord::new(&callsheet::schema::NOTHING))),
        }
    }
}

impl ListSlot for Cell {
    fn open(&mut self) {
        self.value.get_or_insert_with(|| Value::empty(self.kind));
    }

    fn push(&mut self) -> Slot<'_> {
        match self.value.get_or_insert_with(|| Value::empty(self.kind)) {
            Value::List(list) => list.push(),
            _ => Slot::Missing,
        }
    }

    fn len(&self) -> usize {
        match &self.value {
            Some(Value::List(list)) => list.items.len(),
            _ => 0,
        }
    }
}

impl MapSlot for Cell {
    fn open(&mut self) {
        self.value.get_or_insert_with(|| Value::empty(self.kind));
    }

    fn insert(&mut self, key: String) -> Slot<'_> {
        match self.value.get_or_insert_with(|| Value::empty(self.kind)) {
            Value::Map(map) => MapSlot::insert(map, key),
            _ => Slot::Missing,
        }
    }
}

impl Value {
    /// The value of a kind with nothing in it: zero, the empty text, the epoch, an empty list.
    pub fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Bool => Self::Bool(false),
            Kind::Int => Self::Int(0),
            Kind::Float => Self::Float(0.0),
            Kind::Text | Kind::Enum(_) => Self::Text(String::new()),
            Kind::Blob => Self::Blob(Vec::new()),
            Kind::Time(_) => Self::Time(DateTime::default()),
            Kind::Document | Kind::JsonText => Self::Json(Json::Null),
            Kind::Series(_) => Self::Series(Series::default()),
            Kind::Record(shape) => Self::Record(DynRecord::new(shape)),
            Kind::List(list) => Self::List(List { item: list.item, items: Vec::new() }),
            Kind::Map(map) => Self::Map(Map { value: map.value, entries: BTreeMap::new() }),
        }
    }

    /// A copy of what the engine sees; `None` for [`Ref::Absent`].
    pub fn from_ref(kind: Kind, value: Ref<'_>) -> Option<Self> {
        Some(match value {
            Ref::Absent => return None,
            Ref::Bool(v) => Self::Bool(v),
            Ref::Int(v) => Self::Int(v),
            Ref::Float(v) => Self::Float(v),
            Ref::Text(v) => Self::Text(v.to_owned()),
            Ref::Blob(v) => Self::Blob(v.to_vec()),
            Ref::Time(v) => Self::Time(v),
            Ref::Json(v) => Self::Json(v.json().clone()),
            Ref::Series(v) => Self::Series(v.clone()),
            Ref::Record(record) => Self::Record(DynRecord::from_record(record)),
            Ref::List(items) => {
                let Kind::List(info) = kind else { return None };
                let items = (0..items.len()).filter_map(|index| Self::from_ref(info.item, items.get(index))).collect();
                Self::List(List { item: info.item, items })
            }
            Ref::Map(entries) => {
                let Kind::Map(info) = kind else { return None };
                let mut copy = BTreeMap::new();
                entries.visit(&mut |key, value| {
                    if let Some(value) = Self::from_ref(info.value, value) {
                        copy.insert(key.to_owned(), value);
                    }
                });
                Self::Map(Map { value: info.value, entries: copy })
            }
        })
    }

    /// The value as the engine sees it.
    pub fn as_ref(&self) -> Ref<'_> {
        match self {
            Self::Bool(v) => Ref::Bool(*v),
            Self::Int(v) => Ref::Int(*v),
            Self::Float(v) => Ref::Float(*v),
            Self::Text(v) => Ref::Text(v),
            Self::Blob(v) => Ref::Blob(v),
            Self::Time(v) => Ref::Time(*v),
            Self::Json(v) => Ref::Json(v),
            Self::Series(v) => Ref::Series(v),
            Self::Record(v) => Ref::Record(v),
            Self::List(v) => Ref::List(v),
            Self::Map(v) => Ref::Map(v),
        }
    }

    /// Its text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its instant, if it is one.
    pub fn as_time(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Time(time) => Some(*time),
            _ => None,
        }
    }

    /// Whether a field of that kind can hold it.
    pub fn fits(&self, kind: Kind) -> bool {
        match (self, kind) {
            (Self::Bool(_), Kind::Bool)
            | (Self::Int(_), Kind::Int)
            | (Self::Float(_), Kind::Float)
            | (Self::Text(_), Kind::Text | Kind::Enum(_))
            | (Self::Blob(_), Kind::Blob)
            | (Self::Time(_), Kind::Time(_))
            | (Self::Json(_), Kind::Document | Kind::JsonText)
            | (Self::Series(_), Kind::Series(_)) => true,
            (Self::Record(record), Kind::Record(shape)) => std::ptr::eq(record.shape, shape),
            (Self::List(list), Kind::List(info)) => list.items.iter().all(|item| item.fits(info.item)),
            (Self::Map(map), Kind::Map(info)) => map.entries.values().all(|value| value.fits(info.value)),
            _ => false,
        }
    }

    fn slot(&mut self) -> Slot<'_> {
        match self {
            Self::Bool(v) => Slot::Bool(Place::Plain(v)),
            Self::Int(v) => Slot::Int(Place::Plain(v)),
            Self::Float(v) => Slot::Float(Place::Plain(v)),
            Self::Text(v) => Slot::Text(Place::Plain(v)),
            Self::Blob(v) => Slot::Blob(Place::Plain(v)),
            Self::Time(v) => Slot::Time(Place::Plain(v)),
            Self::Json(v) => Slot::Json(v),
            Self::Series(v) => Slot::Series(Place::Plain(v)),
            Self::Record(v) => Slot::Record(v),
            Self::List(v) => Slot::List(v),
            Self::Map(v) => Slot::Map(v),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            // NaN is a value like any other here: what was sent is what came
            (Self::Float(a), Self::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Blob(a), Self::Blob(b)) => a == b,
            (Self::Time(a), Self::Time(b)) => a == b,
            (Self::Json(a), Self::Json(b)) => a == b,
            (Self::Series(a), Self::Series(b)) => a == b,
            (Self::Record(a), Self::Record(b)) => a == b,
            (Self::List(a), Self::List(b)) => a.items == b.items,
            (Self::Map(a), Self::Map(b)) => a.entries == b.entries,
            _ => false,
        }
    }
}

impl List {
    /// The items.
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// What the items are.
    pub fn item_kind(&self) -> Kind {
        self.item
    }

    pub(crate) fn items_mut(&mut self) -> &mut Vec<Value> {
        &mut self.items
    }

    /// Appends an item; one of another kind is refused.
    pub fn add(&mut self, value: Value) -> Result<(), Value> {
        if !value.fits(self.item) {
            return Err(value);
        }
        self.items.push(value);
        Ok(())
    }
}

impl ListRef for List {
    fn len(&self) -> usize {
        self.items.len()
    }
    fn get(&self, index: usize) -> Ref<'_> {
        self.items.get(index).map_or(Ref::Absent, Value::as_ref)
    }
}

impl ListSlot for List {
    fn open(&mut self) {}
    fn push(&mut self) -> Slot<'_> {
        self.items.push(Value::empty(self.item));
        self.items.last_mut().map_or(Slot::Missing, Value::slot)
    }
    fn len(&self) -> usize {
        self.items.len()
    }
}

impl Map {
    /// The entries, in order of the keys.
    pub fn entries(&self) -> &BTreeMap<String, Value> {
        &self.entries
    }

    /// What the values are.
    pub fn value_kind(&self) -> Kind {
        self.value
    }

    /// Takes all entries of another map in.
    pub(crate) fn append(&mut self, more: &mut Self) {
        self.entries.append(&mut more.entries);
    }

    /// Keeps `most` entries, those behind the first `skip`.
    pub(crate) fn cut(&mut self, skip: usize, most: usize) {
        let entries = std::mem::take(&mut self.entries);
        self.entries = entries.into_iter().skip(skip).take(most).collect();
    }

    /// The value at `key`, created empty when it is not there.
    pub(crate) fn open(&mut self, key: &str) -> &mut Value {
        self.entries.entry(key.to_owned()).or_insert_with(|| Value::empty(self.value))
    }

    /// Adds an entry, or replaces that of the same key; a value of another kind is refused.
    pub fn add(&mut self, key: impl Into<String>, value: Value) -> Result<(), Value> {
        if !value.fits(self.value) {
            return Err(value);
        }
        self.entries.insert(key.into(), value);
        Ok(())
    }
}

impl MapRef for Map {
    fn visit(&self, each: &mut dyn FnMut(&str, Ref<'_>)) {
        for (key, value) in &self.entries {
            each(key, value.as_ref());
        }
    }
    fn len(&self) -> usize {
        self.entries.len()
    }
}

impl MapSlot for Map {
    fn open(&mut self) {}
    fn insert(&mut self, key: String) -> Slot<'_> {
        let place = self.entries.entry(key).or_insert_with(|| Value::empty(self.value));
        *place = Value::empty(self.value);
        place.slot()
    }
}

/// Where two records differ first, as `path: this, that`; `None` when they say the same.
///
/// An absent list or map and an empty one count as the same, since generated structs do not keep them apart where the spec does not.
pub fn difference(a: &dyn Record, b: &dyn Record) -> Option<String> {
    differ_record("", &DynRecord::from_record(a), &DynRecord::from_record(b))
}

fn differ_record(path: &str, a: &DynRecord, b: &DynRecord) -> Option<String> {
    a.shape.fields().iter().chain(b.shape.fields()).find_map(|field| {
        let path = if path.is_empty() { field.name.to_owned() } else { format!("{path}.{}", field.name) };
        differ(&path, field.sensitive, a.value(field.name), b.value(field.name))
    })
}

fn differ(path: &str, secret: bool, a: Option<&Value>, b: Option<&Value>) -> Option<String> {
    let blank = |value: Option<&Value>| match value {
        None => true,
        Some(Value::List(list)) => list.items.is_empty(),
        Some(Value::Map(map)) => map.entries.is_empty(),
        Some(_) => false,
    };
    if blank(a) && blank(b) {
        return None;
    }
    match (a, b) {
        (Some(Value::Record(a)), Some(Value::Record(b))) if !secret => differ_record(path, a, b),
        (Some(Value::List(a)), Some(Value::List(b))) if a.items.len() == b.items.len() => {
            let mut items = a.items.iter().zip(&b.items).enumerate();
            items.find_map(|(i, (a, b))| differ(&format!("{path}[{i}]"), secret, Some(a), Some(b)))
        }
        (Some(Value::Map(a)), Some(Value::Map(b))) if a.entries.keys().eq(b.entries.keys()) => {
            let mut entries = a.entries.iter().zip(b.entries.values());
            entries.find_map(|((key, a), b)| differ(&format!("{path}[{key:?}]"), secret, Some(a), Some(b)))
        }
        (Some(a), Some(b)) if a == b => None,
        _ if secret => Some(format!("{path}: differs")),
        _ => Some(format!("{path}: {}, {}", shown(a), shown(b))),
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "absent".to_owned(), |value| format!("{value:?}"))
}
