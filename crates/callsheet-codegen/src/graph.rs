//! Which types reach which.

use std::collections::{HashMap, HashSet};

use callsheet_spec::model::{Field, NamedKind, NamedType, Type};
use indexmap::IndexMap;

type Types = IndexMap<String, NamedType>;

/// The fields of a named type; enums have none.
fn fields(named: &NamedType) -> &[Field] {
    match &named.kind {
        NamedKind::Struct(fields) | NamedKind::Union(fields) => fields,
        NamedKind::Enum(_) => &[],
    }
}

/// Calls `each` with every named type that `ty` names. `held` says whether it lies in the value itself, not behind a list or map.
fn visit<'a>(ty: &'a Type, held: bool, each: &mut dyn FnMut(&'a str, bool)) {
    match ty {
        Type::Struct(name) | Type::Enum(name) => each(name, held),
        Type::List(list) => visit(&list.item, false, each),
        Type::Map(map) => visit(&map.value, false, each),
        _ => {}
    }
}

/// The named types that `roots` need, themselves included, by name.
pub(crate) fn reachable<'a>(types: &'a Types, roots: impl Iterator<Item = &'a Field>) -> HashSet<&'a str> {
    let mut found = HashSet::new();
    let mut open: Vec<&'a str> = Vec::new();
    for field in roots {
        visit(&field.ty, true, &mut |name, _| open.push(name));
    }
    while let Some(name) = open.pop() {
        if !found.insert(name) {
            continue;
        }
        if let Some(named) = types.get(name) {
            for field in fields(named) {
                visit(&field.ty, true, &mut |name, _| open.push(name));
            }
        }
    }
    found
}

/// Structures that contain each other: a field that leads from one to another of the same number must be boxed.
pub(crate) struct Cycles<'a>(HashMap<&'a str, usize>);

impl<'a> Cycles<'a> {
    /// Finds the strongly connected components (Tarjan's algorithm, without recursion: models are thousands of types deep).
    pub(crate) fn of(types: &'a Types) -> Self {
        let mut edges: HashMap<&str, Vec<&str>> = HashMap::with_capacity(types.len());
        for (name, named) in types {
            let mut targets = Vec::new();
            for field in fields(named) {
                visit(&field.ty, true, &mut |target, held| {
                    if held {
                        targets.push(target);
                    }
                });
            }
            edges.insert(name, targets);
        }
        let mut component = HashMap::new();
        let mut index: HashMap<&str, (usize, usize)> = HashMap::new();
        let mut stack: Vec<&str> = Vec::new();
        let mut on_stack: HashSet<&str> = HashSet::new();
        let mut components = 0;
        for root in types.keys() {
            if index.contains_key(root.as_str()) {
                continue;
            }
            // (node, next edge)
            let mut path: Vec<(&str, usize)> = vec![(root, 0)];
            while let Some((node, edge)) = path.pop() {
                if edge == 0 {
                    let number = index.len();
                    index.insert(node, (number, number));
                    stack.push(node);
                    on_stack.insert(node);
                }
                let targets = edges.get(node).map(Vec::as_slice).unwrap_or_default();
                if let Some(target) = targets.get(edge) {
                    path.push((node, edge + 1));
                    match index.get(target) {
                        None => path.push((target, 0)),
                        Some(&(number, _)) if on_stack.contains(target) => lower(&mut index, node, number),
                        Some(_) => {}
                    }
                    continue;
                }
                let (number, low) = index.get(node).copied().unwrap_or_default();
                if let Some((parent, _)) = path.last() {
                    lower(&mut index, parent, low);
                }
                if number == low {
                    while let Some(member) = stack.pop() {
                        on_stack.remove(member);
                        component.insert(member, components);
                        if member == node {
                            break;
                        }
                    }
                    components += 1;
                }
            }
        }
        Self(component)
    }

    /// Whether a field of `owner` that holds `target` must be boxed.
    pub(crate) fn boxed(&self, owner: &str, target: &str) -> bool {
        owner == target || (self.0.contains_key(owner) && self.0.get(owner) == self.0.get(target))
    }
}

fn lower<'a>(index: &mut HashMap<&'a str, (usize, usize)>, node: &'a str, number: usize) {
    if let Some((_, low)) = index.get_mut(node) {
        *low = number.min(*low);
    }
}
