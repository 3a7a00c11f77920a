//! What is known of shapes beyond the model itself: who uses them, and what they are called.

use std::collections::{HashMap, HashSet};

use crate::ImportError;
use crate::errors::{self, Code};
use crate::model::{Kind, Model, Operation, Reference, Shape, Traits};
use crate::names;
use crate::wire::Profile;

pub(crate) struct Shapes<'a> {
    pub(crate) model: &'a Model,
    pub(crate) profile: &'static Profile,
    /// Shapes inside of parameters.
    sent: HashSet<&'a str>,
    /// Shapes inside of answers and errors.
    read: HashSet<&'a str>,
    names: HashMap<&'a str, String>,
    /// Operations that cannot be had, with the reason.
    left_out: Vec<(&'a str, &'static str)>,
    pub(crate) codes: Vec<Code<'a>>,
    /// The usual name of list items in answers.
    pub(crate) item: &'a str,
}

impl<'a> Shapes<'a> {
    pub(crate) fn new(model: &'a Model, profile: &'static Profile) -> Result<Self, ImportError> {
        let names = names::types(model.shapes.keys().map(String::as_str));
        let mut shapes = Self {
            model,
            profile,
            sent: HashSet::new(),
            read: HashSet::new(),
            names: model.shapes.keys().map(String::as_str).zip(names).collect(),
            left_out: Vec::new(),
            codes: errors::codes(model),
            item: "member",
        };
        for (name, operation) in &model.operations {
            if operation.uri != "/" {
                let message = format!("the request URI is `{}`, and not `/`", operation.uri);
                return Err(ImportError::new(message).within(&["operations", name, "http", "requestUri"]));
            }
            if shapes.has_event_stream(operation) {
                shapes.left_out.push((name, "it answers with a stream of events"));
            }
        }
        shapes.sent =
            shapes.reachable(shapes.operations().filter_map(|(_, operation)| operation.input.as_deref()), &[]);
        let errors: Vec<&str> = shapes.codes.iter().filter_map(|code| code.shape).collect();
        shapes.read =
            shapes.reachable(shapes.operations().filter_map(|(_, operation)| operation.output.as_deref()), &errors);
        shapes.item = shapes.usual_item();
        Ok(shapes)
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = (&'a str, &'a Operation)> {
        let all = self.model.operations.iter().map(|(name, operation)| (name.as_str(), operation));
        all.filter(|(name, _)| !self.left_out.iter().any(|(left_out, _)| left_out == name))
    }

    pub(crate) fn left_out(&self) -> &[(&'a str, &'static str)] {
        &self.left_out
    }

    /// The shape of that name; the model has been checked for names that lead nowhere.
    pub(crate) fn get(&self, name: &str) -> Result<&'a Shape, ImportError> {
        self.model.shapes.get(name).ok_or_else(|| ImportError::new(format!("there is no shape `{name}`")))
    }

    pub(crate) fn is_sent(&self, shape: &str) -> bool {
        self.sent.contains(shape)
    }

    pub(crate) fn is_read(&self, shape: &str) -> bool {
        self.read.contains(shape)
    }

    /// What the type of a shape is called.
    pub(crate) fn name(&self, shape: &str) -> &str {
        self.names.get(shape).map_or("", String::as_str)
    }

    /// A trait of a reference, or else of its shape.
    pub(crate) fn of<T>(&self, reference: &'a Reference, get: impl Fn(&'a Traits) -> Option<T>) -> Option<T> {
        get(&reference.traits).or_else(|| get(&self.model.shapes.get(&reference.shape)?.traits))
    }

    /// The members of a structure; none for no structure.
    pub(crate) fn members(&self, shape: Option<&str>) -> Result<Members<'a>, ImportError> {
        let Some(name) = shape else { return Ok(Members { members: Vec::new(), required: &[], is_union: false }) };
        match &self.get(name)?.kind {
            Kind::Structure { members, required, is_union } => {
                let names = names::fields(members.keys().map(String::as_str));
                let members =
                    members.iter().zip(names).map(|((member, reference), name)| Member { member, name, reference });
                Ok(Members { members: members.collect(), required, is_union: *is_union })
            }
            _ => Err(ImportError::new("expected a structure").within(&["shapes", name])),
        }
    }

    fn has_event_stream(&self, operation: &Operation) -> bool {
        let is_stream =
            |reference: &Reference| self.model.shapes.get(&reference.shape).is_some_and(|shape| shape.is_event_stream);
        [&operation.input, &operation.output].into_iter().flatten().any(|name| {
            self.model
                .shapes
                .get(name)
                .is_some_and(|shape| shape.references().iter().any(|(_, reference)| is_stream(reference)))
        })
    }

    /// What the members of `roots` lead to, and `also` with what they lead to.
    fn reachable(&self, roots: impl Iterator<Item = &'a str>, also: &[&'a str]) -> HashSet<&'a str> {
        // the keys of maps are texts, whatever the model calls them
        let references = |name: &str| {
            let all = self.model.shapes.get(name).into_iter().flat_map(|shape| {
                shape.references().into_iter().map(move |(step, reference)| (shape, step, reference))
            });
            all.filter(|(shape, step, _)| !(matches!(shape.kind, Kind::Map(..)) && *step == "key"))
                .map(|(_, _, reference)| reference.shape.as_str())
        };
        let mut found = HashSet::new();
        let mut open: Vec<&'a str> = roots.flat_map(references).chain(also.iter().copied()).collect();
        while let Some(name) = open.pop() {
            if found.insert(name) {
                open.extend(references(name));
            }
        }
        found
    }

    fn usual_item(&self) -> &'a str {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for (name, shape) in &self.model.shapes {
            if let Kind::List(member) = &shape.kind
                && self.read.contains(name.as_str())
            {
                *counts.entry(member.traits.location_name.as_deref().unwrap_or("member")).or_default() += 1;
            }
        }
        // of two that are equally usual, always the same
        counts.into_iter().max_by(|(a, m), (b, n)| m.cmp(n).then(b.cmp(a))).map_or("member", |(name, _)| name)
    }
}

/// The members of a structure with the names of their fields.
pub(crate) struct Members<'a> {
    pub(crate) members: Vec<Member<'a>>,
    pub(crate) required: &'a [String],
    pub(crate) is_union: bool,
}

pub(crate) struct Member<'a> {
    /// As in the model.
    pub(crate) member: &'a str,
    /// As in the spec.
    pub(crate) name: String,
    pub(crate) reference: &'a Reference,
}
