//! An answer without a table: read on the way to an error message only.

use quick_xml::events::Event;
use serde_json::Value as Json;

use super::xml::{local, reference};
use super::{Limits, Reader};
use crate::schema::{Api, Format, Source};

/// A tree of names and texts.
pub(crate) struct Document {
    root: Node,
}

#[derive(Default)]
pub(crate) struct Node {
    name: String,
    text: String,
    children: Vec<Node>,
}

impl Document {
    /// Reads a body; `None` if it is not of that format or beyond the limits.
    pub(crate) fn read(reader: &Reader, body: &[u8], limits: Limits) -> Option<Self> {
        // an error is never large; a body that is would cost many times its size as a tree
        if body.len() > limits.body.min(4 << 20) {
            return None;
        }
        Some(Self { root: (reader.tree)(body, limits.depth)? })
    }

    /// The element or object that holds the members of the error.
    pub(crate) fn error(&self, api: &'static Api) -> Option<&Node> {
        if api.answer.reader.format == Format::Json {
            return Some(&self.root);
        }
        api.errors.at.iter().find_map(|path| {
            let (first, rest) = path.split_first()?;
            if *first == self.root.name { self.root.at(rest) } else { None }
        })
    }

    /// The request id, at the first path that has one.
    pub(crate) fn request_id(&self, api: &'static Api) -> Option<String> {
        api.answer.request_id.iter().find_map(|source| match source {
            Source::Path(path) => self.root.text(path),
            Source::Header(_) => None,
        })
    }
}

impl Node {
    fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, name| node.children.iter().find(|child| child.name == *name))
    }

    /// The trimmed text at the end of `path`.
    pub(crate) fn text(&self, path: &[&str]) -> Option<String> {
        self.at(path).filter(|node| node.children.is_empty()).map(|node| node.text.trim().to_owned())
    }
}

/// The tree of a JSON body. serde_json has a limit of its own for its depth.
pub(super) fn from_json(body: &[u8], _: usize) -> Option<Node> {
    Some(of_value(String::new(), serde_json::from_slice(body).ok()?))
}

fn of_value(name: String, value: Json) -> Node {
    let mut node = Node { name, ..Node::default() };
    match value {
        Json::Object(members) => {
            node.children = members
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| of_value(name, value))
                .collect();
        }
        Json::Array(items) => node.children = items.into_iter().map(|item| of_value(String::new(), item)).collect(),
        Json::String(text) => node.text = text,
        Json::Null => {}
        other => node.text = other.to_string(),
    }
    node
}

/// The tree of an XML body.
pub(super) fn from_xml(body: &[u8], limit: usize) -> Option<Node> {
    let mut reader = quick_xml::Reader::from_str(std::str::from_utf8(body).ok()?);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Node> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if open.len() >= limit {
                    return None;
                }
                open.push(Node { name: local(&start).to_owned(), ..Node::default() });
            }
            Event::End(_) => {
                let node = open.pop()?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(node),
                    None => return Some(node),
                }
            }
            Event::Text(part) => open.last_mut().map_or((), |node| node.text.push_str(&part.xml10_content())),
            Event::CData(part) => open.last_mut().map_or((), |node| node.text.push_str(&part)),
            Event::GeneralRef(name) => {
                let part = reference(&name).ok()?;
                open.last_mut()?.text.push_str(&part);
            }
            Event::DocType(_) | Event::Eof => return None,
            _ => {}
        }
    }
}
