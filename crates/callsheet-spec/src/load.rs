//! Walks the folders and puts the parts together.

use std::collections::HashMap;
use std::path::Path;

use indexmap::IndexMap;

use crate::context::Context;
use crate::document::{Document, Layers, TableNode};
use crate::files::{FileId, Files};
use crate::grammar::{ACTION, SERVICE, TYPES};
use crate::model::{Action, Group, NamedKind, NamedType, Service, Settings, Spec};
use crate::problems::Place;
use crate::report::Report;
use crate::settings::{self, Origin};
use crate::shape::check_table;
use crate::syntax::{folded_name, is_wire_name};
use crate::types::{FileTypes, Scope, check_sizes};
use crate::{action, example, jobs, paging};

/// The folder with the JSON Schemas, which is no service.
const SCHEMA_FOLDER: &str = "schema";

/// Spec files that can be used.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Loaded {
    /// What they say.
    pub spec: Spec,
    /// What is hardly meant, such as a type that nothing uses.
    pub warnings: Report,
}

/// Reads and checks a folder of spec files.
///
/// All problems of all files come at once.
pub fn load_dir(folder: impl AsRef<Path>) -> Result<Loaded, Report> {
    let folder = folder.as_ref();
    match Files::read(folder) {
        Ok(files) => load(&files),
        Err(error) => {
            let files = Files::new();
            let mut cx = Context::new(&files);
            cx.problems.error_at_path(
                &folder.to_string_lossy(),
                format!("the spec folder cannot be read: {error}"),
                "",
            );
            Err(cx.problems.into_report(&files))
        }
    }
}

/// The same for files in memory.
pub fn load(files: &Files) -> Result<Loaded, Report> {
    let mut cx = Context::new(files);
    let tree = Tree::new(files, &mut cx);
    let mut documents: HashMap<FileId, Document<'_>> = HashMap::new();
    for file in tree.spec_files() {
        if let Some(document) = Document::parse(file, &mut cx) {
            documents.insert(file, document);
        }
    }
    let services = tree.services.iter().map(|(id, folder)| read_service(id, folder, &documents, &mut cx)).collect();
    warn_of_unused_files(&tree, &mut cx);
    let report = cx.problems.into_report(files);
    if report.has_errors() { Err(report) } else { Ok(Loaded { spec: Spec { services }, warnings: report }) }
}

/// Which file is what.
#[derive(Debug, Default)]
struct Tree<'a> {
    services: IndexMap<&'a str, ServiceFolder<'a>>,
    /// Files that look like parts of examples.
    others: Vec<FileId>,
}

#[derive(Debug, Default)]
struct ServiceFolder<'a> {
    own: Folder<'a>,
    groups: IndexMap<&'a str, Folder<'a>>,
}

#[derive(Debug, Default)]
struct Folder<'a> {
    path: &'a str,
    /// service.toml or group.toml
    settings: Option<FileId>,
    types: Option<FileId>,
    actions: Vec<(&'a str, FileId)>,
}

impl<'a> Tree<'a> {
    fn new(files: &'a Files, cx: &mut Context<'a>) -> Self {
        let mut tree = Self::default();
        for path in files.paths() {
            let Some(file) = files.id(path) else { continue };
            let parts: Vec<&'a str> = path.split('/').collect();
            let Some((name, folders)) = parts.split_last() else {
                continue;
            };
            if folders.first() == Some(&SCHEMA_FOLDER) {
                continue;
            }
            let Some(stem) = name.strip_suffix(".toml") else {
                if !folders.is_empty() && is_example(name) {
                    tree.others.push(file);
                }
                continue;
            };
            tree.add(path, folders, stem, file, cx);
        }
        tree.services.retain(|id, service| check_service_folder(id, service, cx));
        tree
    }

    fn add(&mut self, path: &'a str, folders: &[&'a str], stem: &'a str, file: FileId, cx: &mut Context<'a>) {
        let folder_path = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let (folder, is_group) = match folders {
            [service] => {
                let service = self.services.entry(service).or_default();
                (&mut service.own, false)
            }
            [service, group] => {
                let service = self.services.entry(service).or_default();
                (service.groups.entry(group).or_default(), true)
            }
            [] => {
                let hint = match stem {
                    "service" => "this is the folder of a service; load the folder around it",
                    _ => "spec files lie in the folder of their service: `oos/service.toml`",
                };
                cx.problems.error_at_path(path, "this file belongs to no service", hint);
                return;
            }
            _ => {
                cx.problems.error_at_path(
                    path,
                    "this file lies too deep",
                    "there are folders for services and, in these, for groups of actions",
                );
                return;
            }
        };
        folder.path = folder_path;
        match stem {
            "service" if !is_group => folder.settings = Some(file),
            "group" if is_group => folder.settings = Some(file),
            "service" | "group" => {
                let message = if is_group {
                    "the settings of a group are in group.toml"
                } else {
                    "the settings of a service are in service.toml"
                };
                cx.problems.error_at_path(path, message, "rename the file");
            }
            "types" => folder.types = Some(file),
            _ => {
                let look_alike = cx.suggest.did_you_mean(stem, ["service", "group", "types"]);
                if !is_wire_name(stem) {
                    cx.problems.error_at_path(
                        path,
                        format!("`{stem}` is no name for an action"),
                        "the file has the name of the action on the wire",
                    );
                    return;
                }
                if let Some(hint) = look_alike.filter(|_| stem.starts_with(char::is_lowercase)) {
                    cx.problems.warning(
                        Place::file(file),
                        format!("this file is taken for an action called `{stem}`"),
                        hint,
                    );
                }
                folder.actions.push((stem, file));
            }
        }
    }

    fn spec_files(&self) -> impl Iterator<Item = FileId> {
        self.services
            .values()
            .flat_map(|service| std::iter::once(&service.own).chain(service.groups.values()))
            .flat_map(|folder| {
                let actions = folder.actions.iter().map(|(_, file)| *file);
                folder.settings.into_iter().chain(folder.types).chain(actions)
            })
    }
}

fn is_example(name: &str) -> bool {
    let (_, extension) = name.rsplit_once('.').unwrap_or_default();
    matches!(extension, "json" | "xml" | "http")
}

/// Folder names become Rust modules and features.
fn check_service_folder(id: &str, service: &ServiceFolder<'_>, cx: &mut Context<'_>) -> bool {
    let groups = service.groups.iter().map(|(group, folder)| (*group, folder.path));
    for (name, path) in std::iter::once((id, id)).chain(groups) {
        let is_module = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !is_module {
            cx.problems.error_at_path(
                path,
                format!("`{name}` is no name for a Rust module"),
                "name the folder with lower-case letters, digits and underscores",
            );
        }
    }
    if service.own.settings.is_none() {
        cx.problems.error_at_path(
            id,
            "the folder has spec files, but no service.toml",
            format!("write {id}/service.toml"),
        );
    }
    service.own.settings.is_some()
}

fn root<'d, 'a>(documents: &'d HashMap<FileId, Document<'a>>, file: Option<FileId>) -> Option<TableNode<'d>>
where
    'a: 'd,
{
    documents.get(&file?).map(Document::root)
}

fn read_service<'a>(
    id: &str,
    folder: &ServiceFolder<'a>,
    documents: &'a HashMap<FileId, Document<'a>>,
    cx: &mut Context<'a>,
) -> Service {
    let own = root(documents, folder.own.settings);
    if let Some(root) = own {
        check_table(root, &SERVICE, cx);
        if root.get("title").is_none() {
            let why = settings::key_doc(&SERVICE, "title");
            cx.missing(root.place(), "`title` is missing", why);
        }
    }
    let outermost = Scope::new([]);
    let service_types = root(documents, folder.own.types).map(|root| {
        check_table(root, &TYPES, cx);
        FileTypes::collect(root, &outermost, cx)
    });
    let mut groups = Vec::new();
    // the `[jobs]` of each group
    let mut tables = Vec::new();
    let direct = !folder.own.actions.is_empty() || folder.groups.is_empty();
    if direct {
        // also for a service without any actions, so that its settings are checked
        let reader = GroupReader { documents, service: own, service_types: service_types.as_ref() };
        let group = reader.read("", &folder.own, true, cx);
        if !folder.own.actions.is_empty() {
            groups.push(group);
            tables.push(own.and_then(|root| root.table("jobs")));
        }
    }
    for (group, group_folder) in &folder.groups {
        let reader = GroupReader { documents, service: own, service_types: service_types.as_ref() };
        groups.push(reader.read(group, group_folder, false, cx));
        let layers = Layers::new(root(documents, group_folder.settings).into_iter().chain(own));
        tables.push(layers.uppermost("jobs"));
    }
    jobs::link(&mut groups, &tables, cx);
    let readings = folder.groups.len() + usize::from(direct);
    settings::report_missing(readings, cx);
    if let Some(types) = &service_types {
        types.warn_of_unused(cx);
    }
    let text = |key: &str| own.and_then(|root| root.text(key)).unwrap_or_default();
    Service { id: id.to_owned(), title: text("title").to_owned(), doc: text("doc").to_owned(), groups }
}

struct GroupReader<'s, 'a> {
    documents: &'a HashMap<FileId, Document<'a>>,
    service: Option<TableNode<'a>>,
    service_types: Option<&'s FileTypes<'a>>,
}

impl<'a> GroupReader<'_, 'a> {
    fn read(&self, id: &str, folder: &Folder<'a>, is_service: bool, cx: &mut Context<'a>) -> Group {
        let own = root(self.documents, folder.settings).filter(|_| !is_service);
        if let Some(root) = own {
            check_table(root, &SERVICE, cx);
        }
        let service_scope = Scope::new(self.service_types);
        let group_types = root(self.documents, folder.types).filter(|_| !is_service).map(|root| {
            check_table(root, &TYPES, cx);
            FileTypes::collect(root, &service_scope, cx)
        });
        let scope = match &group_types {
            Some(types) => service_scope.inside(types),
            None => service_scope.clone(),
        };

        let layers = Layers::new(own.into_iter().chain(self.service));
        let names = settings::names(&layers);
        let settings = settings::read(&Origin::new(layers, folder.path), &scope, cx);
        if let Some(root) = own.or(self.service) {
            settings::check_reserved(&settings, root.place(), cx);
        }
        let mut types = TypeTable::default();
        if let Some(service_types) = self.service_types {
            types.add(service_types.resolve(&service_scope, names, cx), cx);
        }
        if let Some(group_types) = &group_types {
            types.add(group_types.resolve(&scope, names, cx), cx);
        }
        let mut actions = self.read_actions(folder, &settings, &scope, &mut types, cx);
        check_sizes(&types.types, &types.places, cx);
        let has_series = has_spaced_series(&types.types, &actions);
        for (action, root) in &mut actions {
            if has_series {
                action::check_series(action, *root, &types.types, cx);
            }
            paging::read(action, *root, &types.types, cx);
            action.examples = example::read(action, *root, &settings, &types.types, cx);
        }
        if let Some(types) = &group_types {
            types.warn_of_unused(cx);
        }
        if actions.is_empty()
            && let Some(root) = own
        {
            cx.problems.warning(root.place(), "the group has no actions", "");
        }

        let text = |key: &str| {
            let root = if is_service { self.service } else { own };
            root.and_then(|root| root.text(key)).map(str::to_owned)
        };
        Group {
            id: id.to_owned(),
            path: folder.path.to_owned(),
            title: text("title").unwrap_or_else(|| id.to_owned()),
            doc: text("doc").unwrap_or_default(),
            settings,
            types: types.types,
            actions: actions.into_iter().map(|(action, _)| action).collect(),
        }
    }

    fn read_actions(
        &self,
        folder: &Folder<'a>,
        settings: &Settings,
        scope: &Scope<'_, 'a>,
        types: &mut TypeTable,
        cx: &mut Context<'a>,
    ) -> Vec<(Action, TableNode<'a>)> {
        let mut actions = Vec::new();
        let mut in_rust: HashMap<String, &str> = HashMap::new();
        for (name, file) in &folder.actions {
            let Some(root) = root(self.documents, Some(*file)) else {
                continue;
            };
            check_table(root, &ACTION, cx);
            if let Some(other) = in_rust.insert(folded_name(name), name) {
                cx.problems.error_at_path(
                    cx.files.path(*file),
                    format!("the actions `{name}` and `{other}` are the same name in Rust"),
                    "",
                );
            }
            let file_types = FileTypes::collect(root, scope, cx);
            let scope = scope.inside(&file_types);
            types.add(file_types.resolve(&scope, settings.request.names, cx), cx);
            let action = action::read(name, root, settings, &scope, cx);
            file_types.warn_of_unused(cx);
            actions.push((action, root));
        }
        actions
    }
}

/// The types of a group.
#[derive(Debug, Default)]
struct TypeTable {
    types: IndexMap<String, NamedType>,
    /// Where each was defined first.
    places: HashMap<String, Place>,
}

impl TypeTable {
    /// Adds types. A name that is there already must mean the same, as both end up in one Rust module.
    fn add(&mut self, types: Vec<(&str, Place, NamedType)>, cx: &mut Context<'_>) {
        for (name, place, named) in types {
            match self.types.get(name) {
                Some(other) if other.kind != named.kind || other.doc != named.doc => {
                    cx.problems.error_with(
                        place,
                        format!("the type `{name}` is defined in {} too, and differs", other.file),
                        "rename one of them, or move one definition that fits both to types.toml",
                    );
                }
                Some(_) => {}
                None => {
                    self.places.insert(name.to_owned(), place);
                    self.types.insert(name.to_owned(), named);
                }
            }
        }
    }
}

fn has_spaced_series(types: &IndexMap<String, NamedType>, actions: &[(Action, TableNode<'_>)]) -> bool {
    use crate::fields::innermost;
    use crate::model::{Field, Type};

    let spaced = |field: &Field| match innermost(&field.ty) {
        Type::Series(info) => info.step.is_some() || info.start.is_some(),
        _ => false,
    };
    types.values().any(|named| match &named.kind {
        NamedKind::Struct(fields) | NamedKind::Union(fields) => fields.iter().any(spaced),
        NamedKind::Enum(_) => false,
    }) || actions.iter().any(|(action, _)| action.output.iter().any(spaced))
}

fn warn_of_unused_files(tree: &Tree<'_>, cx: &mut Context<'_>) {
    for file in &tree.others {
        let service = cx.files.path(*file).split('/').next().unwrap_or_default();
        if tree.services.contains_key(service) && !cx.used_files.contains(file) {
            cx.problems.warning(
                Place::file(*file),
                "no example refers to this file",
                "name it as `documented` or `response` of an example",
            );
        }
    }
}
