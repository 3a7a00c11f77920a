//! Turns API models of other projects into callsheet spec files.
//!
//! [`botocore`] reads the models of the PyPI package botocore: `service-2.json` with `paginators-1.json` and
//! `waiters-2.json`. It takes facts only (names, types, traits) and no documentation texts. What a protocol does differently
//! becomes settings in `service.toml`, so nothing after the importer knows that there are protocols.
//!
//! Not here: reading and writing of files, and checking the result, which is what `callsheet-spec` does.

#![forbid(unsafe_code)]

mod actions;
mod error;
mod errors;
mod json;
mod model;
pub mod names;
mod pages;
mod paths;
mod service;
mod shapes;
mod toml;
mod types;
mod waiters;
mod wire;

use std::collections::BTreeMap;

pub use error::ImportError;
pub use wire::PROTOCOLS;

/// A file that is read: its name for messages, and its text.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// As in messages: `service-2.json`.
    pub name: &'a str,
    /// What it says.
    pub text: &'a str,
}

/// The files of one service.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// `service-2.json`
    pub service: Source<'a>,
    /// `paginators-1.json`
    pub paginators: Option<Source<'a>>,
    /// `waiters-2.json`
    pub waiters: Option<Source<'a>>,
    /// Id of the service, which is its folder; `None` makes it from the model: `EC2` becomes `ec2`.
    pub id: Option<&'a str>,
    /// The endpoint; `None` takes that of the model.
    pub endpoint: Option<&'a str>,
}

impl<'a> Inputs<'a> {
    /// A service model alone.
    pub fn new(service: Source<'a>) -> Self {
        Self { service, paginators: None, waiters: None, id: None, endpoint: None }
    }
}

/// The spec files of a service, as path and text; paths are relative to the spec folder: `ec2/RunInstances.toml`.
///
/// ```
/// use callsheet_import::{Inputs, Source, botocore};
///
/// let model = r#"{
///     "metadata": {"protocol": "query", "apiVersion": "2011-06-15", "endpointPrefix": "sts", "serviceId": "STS",
///                  "signatureVersion": "v4"},
///     "operations": {"GetCallerIdentity": {"name": "GetCallerIdentity", "http": {"method": "POST", "requestUri": "/"}}},
///     "shapes": {}
/// }"#;
/// let files = botocore(Inputs::new(Source { name: "service-2.json", text: model }))?;
/// let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
/// assert_eq!(paths, ["sts/GetCallerIdentity.toml", "sts/service.toml"]);
/// # Ok::<(), callsheet_import::ImportError>(())
/// ```
pub fn botocore(inputs: Inputs<'_>) -> Result<Vec<(String, String)>, ImportError> {
    let model = model::read(inputs.service)?;
    let profile = wire::Profile::of(&model.metadata).map_err(|e| e.in_file(inputs.service.name))?;
    let id = match inputs.id {
        Some(id) => id.to_owned(),
        None => names::service(&model.metadata),
    };
    let pages = inputs.paginators.map(pages::read).transpose()?.unwrap_or_default();
    let waiters = inputs.waiters.map(waiters::read).transpose()?.unwrap_or_default();
    let import = || -> Result<BTreeMap<String, String>, ImportError> {
        let shapes = shapes::Shapes::new(&model, profile)?;
        let mut files = BTreeMap::new();
        let settings = service::text(&model, &shapes, &inputs)?;
        files.insert(format!("{id}/service.toml"), settings);
        if let Some(types) = types::text(&shapes)? {
            files.insert(format!("{id}/types.toml"), types);
        }
        for (name, operation) in shapes.operations() {
            let text = actions::text(name, operation, &shapes, &pages, &waiters)?;
            files.insert(format!("{id}/{name}.toml"), text);
        }
        Ok(files)
    };
    Ok(import().map_err(|e| e.in_file(inputs.service.name))?.into_iter().collect())
}
