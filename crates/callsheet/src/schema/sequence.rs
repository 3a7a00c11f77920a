//! How calls that belong together follow one another: pages, windows, waiters and jobs.

use super::Operation;

/// The way to a field of an answer, names of fields separated with `/`: `Reservations[]/Instances[]/State`. `[]` stands for
/// each item of a list or value of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldPath(pub &'static str);

impl FieldPath {
    /// The name of the field that it leads to: `State`.
    pub fn name(self) -> &'static str {
        self.0.rsplit('/').next().unwrap_or_default().trim_end_matches("[]")
    }
}

/// How an answer that comes in pages goes on.
#[derive(Debug)]
pub struct Pages {
    /// What leads from one page to the next.
    pub turn: Turn,
    /// The field that says whether there is a next page, where it is not the marks or the total alone.
    pub more: Option<FieldPath>,
    /// The lists or maps with the items of a page.
    pub items: &'static [FieldPath],
    /// The parameter with the most items of a page; empty if there is none.
    pub limit: &'static str,
    /// The most items that are worth asking for, which is what is asked for where the caller does not say.
    pub size: Option<u32>,
}

/// What leads from one page to the next.
#[derive(Debug)]
pub enum Turn {
    /// Each answer tells where the next page begins. There is none when it tells nothing.
    Marks(&'static [Mark]),
    /// Items are counted.
    Offset {
        /// The parameter that says how many items to skip.
        parameter: &'static str,
        /// The field that says how many items there are in all; without it the last page is the empty one.
        total: Option<FieldPath>,
    },
}

/// A part of what leads to the next page.
#[derive(Debug)]
pub struct Mark {
    /// The parameter.
    pub input: &'static str,
    /// The field of the answer before, whose value it takes.
    pub output: FieldPath,
}

/// How a span of time that is too long for one call is cut, and how the answers are joined.
///
/// Both ends of a span belong to it: from 16:45 to 16:50 in steps of five minutes are two steps, and cover ten minutes.
#[derive(Debug)]
pub struct Window {
    /// The parameter with the begin of the span.
    pub begin: &'static str,
    /// The parameter with the end of the span.
    pub end: &'static str,
    /// Seconds from the end of one span to the begin of the next: the distance of samples, or of what times are rounded to.
    pub step: u32,
    /// The most seconds that one call covers.
    pub span: u32,
    /// The parameter on whose value that depends; empty if there is none.
    pub by: &'static str,
    /// The most seconds for values of that parameter.
    pub spans: &'static [(&'static str, u32)],
    /// Which lists are joined; of other fields the first answer counts.
    pub join: &'static [Join],
}

/// A list whose items are put together from several answers.
#[derive(Debug)]
pub struct Join {
    /// The list: `Region`, `Region[]/Data`.
    pub list: FieldPath,
    /// The field by which items are the same: of items that are the same there is one, made of all of them. Empty for items
    /// that are never the same.
    pub key: &'static str,
}

/// Until something is so, an action is called again.
#[derive(Debug)]
pub struct Waiter {
    /// What is waited for: `InstanceRunning`.
    pub name: &'static str,
    /// Seconds between two calls, to begin with.
    pub every: u32,
    /// Number of calls after which it is given up.
    pub tries: u32,
    /// What an answer means: the first rule that fits decides. If none does, an answer means to call again, and an error is
    /// one.
    pub when: &'static [WaitRule],
}

/// What an answer means to a [`Waiter`].
#[derive(Debug)]
pub struct WaitRule {
    /// When the rule fits.
    pub test: WaitTest,
    /// What follows.
    pub then: WaitState,
}

/// A test of a [`WaitRule`]. Values are compared as texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitTest {
    /// The field has the value.
    Value(FieldPath, &'static str),
    /// There is at least one of these fields, and all have the value.
    All(FieldPath, &'static str),
    /// One of these fields has the value.
    Any(FieldPath, &'static str),
    /// There is such a field, and it is not an empty text, list or map.
    Some(FieldPath),
    /// There is no such field, or it is empty.
    None(FieldPath),
    /// The service answers with this error.
    Error(&'static str),
    /// It answers with any error, or with none.
    AnyError(bool),
    /// It answers with this HTTP status.
    Status(u16),
}

/// What follows from an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitState {
    /// What was waited for is so.
    Done,
    /// It will never be so.
    Failed,
    /// It is not so yet.
    Again,
}

/// An action that answers before it is done, and how to see that it is.
#[derive(Debug)]
pub struct Job {
    /// The field of its answer with the id of the job, or the ids.
    pub id: FieldPath,
    /// The action that tells how the job is going.
    pub poll: &'static Operation,
    /// The parameter of that action that takes the id.
    pub parameter: &'static str,
    /// The field of that action's answer with the id of each job that it tells of: a job that is not among them yet has not
    /// begun. `None`: it tells of nothing but the job.
    pub key: Option<FieldPath>,
    /// The field of that action's answer that says why a job failed.
    pub reason: Option<FieldPath>,
    /// What its answers mean.
    pub waiter: &'static Waiter,
}
