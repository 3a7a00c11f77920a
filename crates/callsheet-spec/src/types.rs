//! Named types: what files define, what names refer to, and what a name stands for.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::context::Context;
use crate::document::{Entry, Node, TableNode};
use crate::fields::{self, Side};
use crate::files::FileId;
use crate::grammar::{BUILTIN_TYPES, NOT_FOR_ALIASES};
use crate::model::{EnumValue, Field, NamedKind, NamedType, Names, SeriesInfo, Type};
use crate::problems::Place;
use crate::syntax::{TypeShape, is_name, type_text};

/// The types that one file defines.
#[derive(Debug)]
pub(crate) struct FileTypes<'a> {
    file: FileId,
    definitions: IndexMap<&'a str, Definition<'a>>,
    docs: Option<TableNode<'a>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Definition<'a> {
    place: Place,
    kind: DefinitionKind<'a>,
}

#[derive(Clone, Copy, Debug)]
enum DefinitionKind<'a> {
    Struct(TableNode<'a>),
    Union(TableNode<'a>),
    Enum(Node<'a>),
    Alias(Node<'a>),
}

impl DefinitionKind<'_> {
    fn is_alias(self) -> bool {
        matches!(self, Self::Alias(_))
    }
}

impl<'a> FileTypes<'a> {
    /// Collects the definitions of a file. `outer` are the files whose types it sees too.
    pub(crate) fn collect(root: TableNode<'a>, outer: &Scope<'_, 'a>, cx: &mut Context<'a>) -> Self {
        let mut types = Self { file: root.file(), definitions: IndexMap::new(), docs: root.table("docs") };
        let mut entries: Vec<(&str, Entry<'a>)> = ["enum", "struct", "union", "type"]
            .into_iter()
            .filter_map(|key| Some((key, root.table(key)?)))
            .flat_map(|(key, table)| table.entries().map(move |entry| (key, entry)))
            .collect();
        // of two definitions with one name, the later is the one to complain about
        entries.sort_by_key(|(_, entry)| entry.place.start);
        for (key, entry) in entries {
            types.define(key, entry, outer, cx);
        }
        types.check_docs(cx);
        types
    }

    fn define(&mut self, key: &str, entry: Entry<'a>, outer: &Scope<'_, 'a>, cx: &mut Context<'a>) {
        let kind = match (key, entry.node.table()) {
            ("struct", Some(table)) => DefinitionKind::Struct(table),
            ("union", Some(table)) => DefinitionKind::Union(table),
            ("enum", None) if entry.node.is_array() => DefinitionKind::Enum(entry.node),
            ("enum", Some(_)) => DefinitionKind::Enum(entry.node),
            ("type", Some(_)) => DefinitionKind::Alias(entry.node),
            ("type", None) if entry.node.text().is_some() => DefinitionKind::Alias(entry.node),
            _ => return,
        };
        if !is_name(entry.name) {
            cx.problems.error_with(
                entry.place,
                format!("`{}` is no name for a type", entry.name),
                "names are letters, digits and underscores, with no digit first",
            );
            return;
        }
        if is_builtin(entry.name) {
            cx.problems.error_with(
                entry.place,
                format!("`{}` is a type of the language", entry.name),
                "choose another name",
            );
            return;
        }
        // two files may define the same type, as long as both say the same; that is looked at when they meet in a group
        let hidden =
            outer.find(entry.name).map(|(_, found)| found).filter(|found| found.kind.is_alias() || kind.is_alias());
        if let Some(other) = self.definitions.get(entry.name).copied().or(hidden) {
            if cx.problems.is_full() {
                // counting lines takes time
                cx.problems.error(entry.place, "the type is defined twice");
                return;
            }
            cx.problems.error_with(
                entry.place,
                format!("the type `{}` is defined twice", entry.name),
                format!("the other one is in {}", cx.files.line(other.place)),
            );
            return;
        }
        let definition = Definition { place: entry.place, kind };
        self.definitions.insert(entry.name, definition);
    }

    fn check_docs(&self, cx: &mut Context<'a>) {
        for entry in self.docs.into_iter().flat_map(TableNode::entries) {
            match self.definitions.get(entry.name) {
                Some(definition) if definition.kind.is_alias() => cx.problems.error_with(
                    entry.place,
                    format!("`{}` is described in `[docs]`", entry.name),
                    "write the text of a `[type]` as its `doc`",
                ),
                Some(_) => {}
                None if cx.is_broken(self.file) => {}
                None => cx.problems.error_with(
                    entry.place,
                    format!("this file defines no type `{}`", entry.name),
                    cx.suggest.did_you_mean(entry.name, self.definitions.keys().copied()).unwrap_or_default(),
                ),
            }
        }
    }

    /// Resolves the definitions. Aliases are looked at, but live on only where they are used.
    pub(crate) fn resolve(
        &self,
        scope: &Scope<'_, 'a>,
        names: Names,
        cx: &mut Context<'a>,
    ) -> Vec<(&'a str, Place, NamedType)> {
        let mut all = Vec::new();
        for (name, definition) in &self.definitions {
            let kind = match definition.kind {
                DefinitionKind::Struct(table) => NamedKind::Struct(fields::read(table, Side::Member, scope, names, cx)),
                DefinitionKind::Union(table) => NamedKind::Union(fields::read(table, Side::Variant, scope, names, cx)),
                DefinitionKind::Enum(node) => NamedKind::Enum(enum_values(node, cx)),
                DefinitionKind::Alias(node) => {
                    check_alias(name, node, scope, cx);
                    continue;
                }
            };
            let doc = self.docs.and_then(|docs| docs.text(name));
            let named =
                NamedType { file: cx.files.path(self.file).to_owned(), doc: doc.unwrap_or_default().to_owned(), kind };
            all.push((*name, definition.place, named));
        }
        all
    }

    /// Warns of types that nothing refers to. To be called when everything that sees them has been read.
    pub(crate) fn warn_of_unused(&self, cx: &mut Context<'a>) {
        for (name, definition) in &self.definitions {
            if !cx.used_types.contains(&(self.file, *name)) {
                cx.problems.warning(definition.place, format!("the type `{name}` is not used"), "");
            }
        }
    }
}

pub(crate) fn is_builtin(name: &str) -> bool {
    BUILTIN_TYPES.iter().any(|(builtin, _)| *builtin == name)
}

fn enum_values(node: Node<'_>, cx: &mut Context<'_>) -> Vec<EnumValue> {
    let mut values: IndexMap<&str, EnumValue> = IndexMap::new();
    let listed = node.items().filter_map(|item| Some((item.text()?, item.place(), "")));
    let described = node
        .table()
        .into_iter()
        .flat_map(TableNode::entries)
        .filter_map(|entry| Some((entry.name, entry.place, entry.node.text()?)));
    for (wire, place, doc) in listed.chain(described) {
        let value = EnumValue { wire: wire.to_owned(), doc: doc.to_owned() };
        if values.insert(wire, value).is_some() {
            cx.problems.error_with(place, format!("the value `{wire}` is there twice"), "remove one of the two");
        }
    }
    values.into_values().collect()
}

fn check_alias<'a>(name: &str, node: Node<'a>, scope: &Scope<'_, 'a>, cx: &mut Context<'a>) {
    for entry in node.table().into_iter().flat_map(TableNode::entries) {
        if NOT_FOR_ALIASES.contains(&entry.name) {
            cx.problems.error_with(
                entry.place,
                format!("the type `{name}` cannot have `{}`", entry.name),
                "that belongs to the field that uses the type",
            );
        }
    }
    fields::check_attributes(node, scope, cx);
}

/// The files whose types can be seen from one place, the nearest first.
#[derive(Clone, Debug)]
pub(crate) struct Scope<'s, 'a> {
    files: Vec<&'s FileTypes<'a>>,
}

impl<'s, 'a> Scope<'s, 'a> {
    pub(crate) fn new(files: impl IntoIterator<Item = &'s FileTypes<'a>>) -> Self {
        Self { files: files.into_iter().collect() }
    }

    /// The same, and the types of one more file.
    pub(crate) fn inside(&self, nearest: &'s FileTypes<'a>) -> Self {
        Self::new(std::iter::once(nearest).chain(self.files.iter().copied()))
    }

    fn find(&self, name: &str) -> Option<(Scope<'s, 'a>, Definition<'a>)> {
        self.files.iter().enumerate().find_map(|(index, file)| {
            let definition = file.definitions.get(name)?;
            // a definition sees what its own file sees
            let scope = Scope::new(self.files.iter().skip(index).copied());
            Some((scope, *definition))
        })
    }

    fn file(&self) -> FileId {
        self.files.first().map_or_else(FileId::default, |file| file.file)
    }

    fn names(&self) -> impl Iterator<Item = &'a str> {
        let builtin = BUILTIN_TYPES.iter().map(|(name, _)| *name);
        let defined = self.files.iter().flat_map(|file| file.definitions.keys().copied());
        builtin.chain(defined)
    }

    /// A structure of that name, for the members of an error.
    pub(crate) fn find_struct(&self, name: &'a str, cx: &mut Context<'a>) -> bool {
        match self.find(name) {
            Some((scope, definition)) => {
                cx.used_types.insert((scope.file(), name));
                matches!(definition.kind, DefinitionKind::Struct(_))
            }
            None => false,
        }
    }

    pub(crate) fn struct_names(&self) -> impl Iterator<Item = &'a str> + Clone {
        self.files.iter().flat_map(|file| {
            file.definitions
                .iter()
                .filter(|(_, definition)| matches!(definition.kind, DefinitionKind::Struct(_)))
                .map(|(name, _)| *name)
        })
    }

    fn is_broken(&self, cx: &Context<'_>) -> bool {
        self.files.iter().any(|file| cx.is_broken(file.file))
    }
}

/// What the text of a type stands for.
#[derive(Debug)]
pub(crate) struct Resolved<'a> {
    pub(crate) ty: Type,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    /// Settings of the aliases that the type itself went through, the nearest first.
    pub(crate) own: Vec<TableNode<'a>>,
    /// Settings of the aliases of its items.
    pub(crate) of_items: Vec<TableNode<'a>>,
}

/// Resolves the text of a type.
pub(crate) fn resolve_type<'a>(node: Node<'a>, scope: &Scope<'_, 'a>, cx: &mut Context<'a>) -> Option<Resolved<'a>> {
    resolve_text(node, scope, &mut Vec::new(), cx)
}

fn resolve_text<'a>(
    node: Node<'a>,
    scope: &Scope<'_, 'a>,
    through: &mut Vec<(FileId, &'a str)>,
    cx: &mut Context<'a>,
) -> Option<Resolved<'a>> {
    let text = cx.read(node, type_text)?;
    let mut resolved = resolve_shape(&text.shape, node, scope, through, cx)?;
    if text.nullable && !matches!(resolved.ty, Type::List(_) | Type::Map(_)) {
        cx.problems.error_with(
            node.place(),
            "`?` is for lists and maps",
            "anything else is optional unless it ends in `!`",
        );
    }
    resolved.required = text.required;
    resolved.nullable = text.nullable;
    Some(resolved)
}

fn resolve_shape<'a>(
    shape: &TypeShape<'a>,
    node: Node<'a>,
    scope: &Scope<'_, 'a>,
    through: &mut Vec<(FileId, &'a str)>,
    cx: &mut Context<'a>,
) -> Option<Resolved<'a>> {
    match shape {
        TypeShape::List(item) => {
            let item = resolve_shape(item, node, scope, through, cx)?;
            Some(fields::list_of(item, cx))
        }
        TypeShape::Map(value) => {
            let value = resolve_shape(value, node, scope, through, cx)?;
            Some(fields::map_of(value, cx))
        }
        TypeShape::Name { name, at } => resolve_name(name, *at, node, scope, through, cx),
    }
}

fn resolve_name<'a>(
    name: &'a str,
    at: usize,
    node: Node<'a>,
    scope: &Scope<'_, 'a>,
    through: &mut Vec<(FileId, &'a str)>,
    cx: &mut Context<'a>,
) -> Option<Resolved<'a>> {
    /// Nobody writes longer chains, and each link takes stack.
    const LONGEST_CHAIN: usize = 32;

    let plain = |ty| Some(Resolved { ty, required: false, nullable: false, own: Vec::new(), of_items: Vec::new() });
    if let Some(ty) = builtin(name) {
        return plain(ty);
    }
    let place = node.place_in(cx.files, at, at + name.len());
    let Some((inner, definition)) = scope.find(name) else {
        let near = cx.suggest.did_you_mean(name, scope.names());
        // a definition may have been lost to a syntax error
        if near.is_some() || !scope.is_broken(cx) {
            let hint = near
                .unwrap_or_else(|| "define it in `[enum]`, `[struct]` or `[type]`, here or in types.toml".to_owned());
            cx.problems.error_with(place, format!("there is no type `{name}`"), hint);
        }
        return None;
    };
    cx.used_types.insert((inner.file(), name));
    let alias = match definition.kind {
        DefinitionKind::Struct(_) | DefinitionKind::Union(_) => {
            return plain(Type::Struct(name.to_owned()));
        }
        DefinitionKind::Enum(_) => return plain(Type::Enum(name.to_owned())),
        DefinitionKind::Alias(alias) => alias,
    };
    let step = (inner.file(), name);
    if through.contains(&step) {
        // once for each circle, whichever of its types is looked at
        if !through.iter().any(|step| cx.circular_types.contains(step)) {
            cx.problems.error(place, format!("the type `{name}` is made of itself"));
        }
        cx.circular_types.extend(through.iter().copied());
        return None;
    }
    if through.len() >= LONGEST_CHAIN {
        cx.problems.error(place, "types refer to one another too many times");
        return None;
    }
    through.push(step);
    let resolved = match alias.table() {
        Some(table) => {
            table.get("type").and_then(|text| resolve_text(text, &inner, through, cx)).map(|mut resolved| {
                resolved.own.insert(0, table);
                resolved
            })
        }
        None => resolve_text(alias, &inner, through, cx),
    };
    through.pop();
    resolved
}

fn builtin(name: &str) -> Option<Type> {
    Some(match name {
        "string" => Type::Text,
        "integer" => Type::Integer,
        "float" => Type::Float,
        "boolean" => Type::Boolean,
        "timestamp" => Type::Timestamp(None),
        "blob" => Type::Blob,
        "document" => Type::Document,
        "json" => Type::JsonText,
        "series" => Type::Series(SeriesInfo::default()),
        _ => return None,
    })
}

/// Reports structures that hold themselves in required fields: no value of them could ever be made.
pub(crate) fn check_sizes(types: &IndexMap<String, NamedType>, places: &HashMap<String, Place>, cx: &mut Context<'_>) {
    // a structure is settled once all that it requires is settled; what never settles goes in circles
    let mut waits_for: Vec<usize> = vec![0; types.len()];
    let mut wanted_by: Vec<Vec<usize>> = vec![Vec::new(); types.len()];
    for (index, named) in types.values().enumerate() {
        for (_, inner) in required_structs(named, types) {
            if let (Some(count), Some(users)) = (waits_for.get_mut(index), wanted_by.get_mut(inner)) {
                *count += 1;
                users.push(index);
            }
        }
    }
    let mut settled: Vec<usize> = (0..types.len()).filter(|index| waits_for.get(*index) == Some(&0)).collect();
    while let Some(index) = settled.pop() {
        for user in wanted_by.get(index).into_iter().flatten() {
            if let Some(count) = waits_for.get_mut(*user) {
                *count -= 1;
                if *count == 0 {
                    settled.push(*user);
                }
            }
        }
    }
    let mut reported = vec![false; types.len()];
    for start in 0..types.len() {
        let mut steps: IndexMap<usize, &str> = IndexMap::new();
        let mut at = start;
        while waits_for.get(at).is_some_and(|count| *count > 0)
            && reported.get(at) == Some(&false)
            && !steps.contains_key(&at)
        {
            let next = types.get_index(at).and_then(|(_, named)| {
                required_structs(named, types).find(|(_, inner)| waits_for.get(*inner).is_some_and(|count| *count > 0))
            });
            let Some((field, inner)) = next else { break };
            steps.insert(at, field);
            at = inner;
        }
        if let Some(first) = steps.get_index_of(&at) {
            report_circle(&steps, first, types, places, cx);
        }
        for index in steps.keys() {
            if let Some(reported) = reported.get_mut(*index) {
                *reported = true;
            }
        }
    }
}

fn report_circle(
    steps: &IndexMap<usize, &str>,
    first: usize,
    types: &IndexMap<String, NamedType>,
    places: &HashMap<String, Place>,
    cx: &mut Context<'_>,
) {
    /// Nobody follows a longer one.
    const MOST: usize = 24;

    let more = steps.len().saturating_sub(first + MOST);
    let path: Vec<String> = steps
        .iter()
        .skip(first)
        .take(MOST)
        .filter_map(|(index, field)| Some(format!("{}.{field}", types.get_index(*index)?.0)))
        .collect();
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let name = steps.get_index(first).and_then(|(index, _)| types.get_index(*index)).map(|(name, _)| name);
    if let Some(name) = name
        && let Some(place) = places.get(name)
    {
        cx.problems.error_with(
            *place,
            format!("`{name}` always holds another `{name}`: {}{more}", path.join(", ")),
            "drop the `!` of one of these fields, or make it a list",
        );
    }
}

/// The required fields that hold structures, each with the index of the structure.
fn required_structs<'t>(
    named: &'t NamedType,
    types: &'t IndexMap<String, NamedType>,
) -> impl Iterator<Item = (&'t str, usize)> {
    let fields: &[Field] = match &named.kind {
        NamedKind::Struct(fields) => fields,
        // of a union one field is there, and it may be another one
        NamedKind::Union(_) | NamedKind::Enum(_) => &[],
    };
    fields.iter().filter_map(|field| match &field.ty {
        Type::Struct(inner) if field.required => Some((field.name.as_str(), types.get_index_of(inner)?)),
        _ => None,
    })
}

/// The hint for a name that no structure has.
pub(crate) fn struct_hint(name: &str, scope: &Scope<'_, '_>, cx: &Context<'_>) -> String {
    cx.suggest.did_you_mean_or_list(name, scope.struct_names())
}
