//! Ways to fields: from the JMESPath expressions of models to the paths of specs.

use crate::ImportError;
use crate::model::{Kind, Shape};
use crate::shapes::{Members, Shapes};

/// A path of a spec, and the shape that it leads to.
pub(crate) struct Path<'a> {
    pub(crate) text: String,
    pub(crate) shape: &'a Shape,
}

/// `Reservations[].Instances[].State.Name` becomes `Reservations[]/Instances[]/State/Name`; `None` for what is more than a way
/// to fields, or leads nowhere.
pub(crate) fn path<'a>(
    expression: &str,
    output: &Members<'a>,
    shapes: &Shapes<'a>,
) -> Result<Option<Path<'a>>, ImportError> {
    // `Values.*.Name` goes through the values of a map
    let expression = expression.replace(".*", "[]");
    let mut steps: Vec<String> = Vec::new();
    let mut inner: Option<Members<'a>> = None;
    let mut reached: Option<&'a Shape> = None;
    for part in expression.split('.') {
        let members = match (&inner, reached) {
            (Some(members), _) => members,
            (None, None) => output,
            // the step before led to no structure
            (None, Some(_)) => return Ok(None),
        };
        let (name, each) = match part.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (part, false),
        };
        let Some(member) = members.members.iter().find(|member| member.member == name) else { return Ok(None) };
        let mut shape = shapes.get(&member.reference.shape)?;
        let mut shape_name = member.reference.shape.as_str();
        if each {
            let (Kind::List(item) | Kind::Map(_, item)) = &shape.kind else { return Ok(None) };
            shape = shapes.get(&item.shape)?;
            shape_name = &item.shape;
        }
        steps.push(format!("{}{}", member.name, if each { "[]" } else { "" }));
        inner = match &shape.kind {
            Kind::Structure { .. } => Some(shapes.members(Some(shape_name))?),
            _ => None,
        };
        reached = Some(shape);
    }
    Ok(reached.map(|shape| Path { text: steps.join("/"), shape }))
}
