//! What can be called.

use std::collections::HashMap;
use std::fmt;

use callsheet::Service;
use callsheet::schema::{Api, Operation};
use callsheet_spec::model;

use crate::error::closest;
use crate::reading::Reading;
use crate::tables::{self, Builder};
use crate::{DynRecord, ParameterError};

/// Everything that a spec describes, ready to be called.
#[derive(Debug)]
pub struct Catalog {
    spec: model::Spec,
    /// Every action, by service, group and name, as the spec has them.
    places: Vec<Place>,
    /// By service: from a name to the actions of that name.
    names: Vec<HashMap<&'static str, Vec<usize>>>,
}

/// Where the parts of an [`Entry`] are.
#[derive(Debug)]
struct Place {
    operation: &'static Operation,
    service: usize,
    group: usize,
    action: usize,
}

/// One action: its tables, and the model for whoever shows documentation.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its tables.
    pub operation: &'static Operation,
    /// The service that it belongs to.
    pub service_model: &'a model::Service,
    /// The group that it belongs to.
    pub group: &'a model::Group,
    /// The action itself.
    pub action: &'a model::Action,
}

impl Catalog {
    /// Builds the tables of all actions.
    ///
    /// They are never freed: the core wants `'static` tables. A few kilobytes for each action, once per process.
    pub fn new(spec: &model::Spec) -> Self {
        let mut builder = Builder::default();
        let mut places = Vec::new();
        let mut names = Vec::with_capacity(spec.services.len());
        for (service, service_model) in spec.services.iter().enumerate() {
            let mut of_service: HashMap<&'static str, Vec<usize>> = HashMap::new();
            for (group, group_model) in service_model.groups.iter().enumerate() {
                for (action, operation) in builder.group(service_model, group_model).into_iter().enumerate() {
                    of_service.entry(operation.name).or_default().push(places.len());
                    places.push(Place { operation, service, group, action });
                }
            }
            names.push(of_service);
        }
        Self { spec: spec.clone(), places, names }
    }

    /// The model that it was built from.
    pub fn spec(&self) -> &model::Spec {
        &self.spec
    }

    /// The services, in order of their ids.
    pub fn services(&self) -> &[model::Service] {
        &self.spec.services
    }

    /// Every action of every service.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..self.places.len()).filter_map(|index| self.get(index))
    }

    /// The actions of a service.
    pub fn actions(&self, service: &str) -> Result<impl Iterator<Item = Entry<'_>>, NotFound> {
        Ok(self.of_service(self.service(service)?))
    }

    /// Action number `index` of [`Catalog::entries`].
    pub fn get(&self, index: usize) -> Option<Entry<'_>> {
        let Place { operation, service, group, action } = self.places.get(index)?;
        let service_model = self.spec.services.get(*service)?;
        let group = service_model.groups.get(*group)?;
        Some(Entry { operation, service_model, group, action: group.actions.get(*action)? })
    }

    fn of_service(&self, service: usize) -> impl Iterator<Item = Entry<'_>> {
        let places = self.places.iter().enumerate().filter(move |(_, place)| place.service == service);
        places.filter_map(|(index, _)| self.get(index))
    }

    fn service(&self, id: &str) -> Result<usize, NotFound> {
        self.spec.services.iter().position(|service| service.id == id).ok_or_else(|| {
            let known = self.spec.services.iter().map(|service| service.id.as_str());
            NotFound::new("service", id, "", known)
        })
    }

    /// The action called `action`, or `group.action` where two groups have one of that name.
    pub fn find(&self, service: &str, action: &str) -> Result<Entry<'_>, NotFound> {
        let service_index = self.service(service)?;
        let named = |name: &str| -> Vec<Entry<'_>> {
            let places = self.names.get(service_index).and_then(|names| names.get(name)).map_or(&[][..], Vec::as_slice);
            places.iter().filter_map(|index| self.get(*index)).collect()
        };
        let mut found = named(action);
        // names of actions may themselves have a dot, so the plain reading comes first
        if let (true, Some((group, name))) = (found.is_empty(), action.split_once('.')) {
            found = named(name);
            found.retain(|entry| entry.group.id == group);
        }
        match found.as_slice() {
            [entry] => Ok(*entry),
            [] => {
                let known = self.of_service(service_index).map(|entry| entry.operation.name);
                Err(NotFound::new("action", action, service, known))
            }
            several => {
                let full = |entry: &Entry<'_>| format!("{}.{}", entry.group.id, entry.operation.name);
                let candidates = several.iter().map(full).collect();
                Err(NotFound { ambiguous: true, ..NotFound::of("action", action, service, candidates) })
            }
        }
    }
}

impl<'a> Entry<'a> {
    /// How its group is spoken.
    pub fn api(&self) -> &'static Api {
        self.operation.api
    }

    /// Parameters with nothing set.
    pub fn input(&self) -> DynRecord {
        DynRecord::new(self.operation.input)
    }

    /// An answer with nothing set.
    pub fn output(&self) -> DynRecord {
        DynRecord::new(self.operation.output)
    }

    /// A client of its group; an empty region is the usual one.
    pub fn service(&self, region: &str) -> Service {
        Service::new(self.operation.api, region)
    }

    /// The path of the documented endpoint: what a server in its place has to serve.
    pub fn endpoint_path(&self) -> &'static str {
        tables::path_of(self.operation.api.endpoint)
    }

    /// The parameters of one of its examples.
    pub fn example_input(&self, example: &model::Example) -> Result<DynRecord, ParameterError> {
        let mut input = self.input();
        input.set_toml(&example.request, &Reading::of(self.operation))?;
        Ok(input)
    }
}

/// There is no such service or action, or more than one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFound {
    /// `service` or `action`.
    pub what: &'static str,
    /// What was asked for.
    pub name: String,
    /// The service that was asked; empty when it is the service that is not found.
    pub service: String,
    /// Names that may have been meant, best first; all of them when there are but a few.
    pub candidates: Vec<String>,
    /// Whether each of the candidates goes by that name.
    pub ambiguous: bool,
    /// The one that was most likely meant.
    pub suggestion: Option<String>,
}

impl NotFound {
    fn new<'a>(what: &'static str, name: &str, service: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.collect();
        let suggestion = closest(name, known.iter().copied()).map(str::to_owned);
        let few = if known.len() <= 20 { known.into_iter().map(str::to_owned).collect() } else { Vec::new() };
        Self { suggestion, ..Self::of(what, name, service, few) }
    }

    fn of(what: &'static str, name: &str, service: &str, candidates: Vec<String>) -> Self {
        let (name, service) = (name.to_owned(), service.to_owned());
        Self { what, name, service, candidates, ambiguous: false, suggestion: None }
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = if self.service.is_empty() { String::new() } else { format!(" of {}", self.service) };
        if self.ambiguous {
            return write!(
                f,
                "{:?} is more than one {}{of}: say {}",
                self.name,
                self.what,
                self.candidates.join(" or ")
            );
        }
        write!(f, "there is no {}{of} called {:?}", self.what, self.name)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean {suggestion:?}?"),
            None if self.candidates.is_empty() => Ok(()),
            None => write!(f, "; there are: {}", self.candidates.join(", ")),
        }
    }
}

impl std::error::Error for NotFound {}
