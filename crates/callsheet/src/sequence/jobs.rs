//! Waiting for the jobs of actions that answer before they are done.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::waiting::{WaitPolicy, WaitStep, Waiting};
use super::{copy, path};
use crate::error::Error;
use crate::schema::{Job, Kind, Operation};
use crate::value::{Action, Record, Slot};

/// An action that answers before it is done, with the id of a job.
pub trait StartsJob: Action {
    /// The action that tells how the job is going.
    type Poll: Action;
    /// That action with nothing in it.
    fn poll() -> Self::Poll;
}

/// Follows the jobs of an answer until all of them are done, or one of them failed.
#[derive(Debug)]
pub struct Polling {
    job: &'static Job,
    ids: Vec<String>,
    /// Whether one call asks for all of them.
    at_once: bool,
    waiting: Waiting,
}

impl Polling {
    /// The jobs that an answer names; `None` when it names none. The first call is made after a pause: no job is done at once.
    pub fn of(
        operation: &'static Operation,
        answer: &dyn Record,
        policy: WaitPolicy,
        seed: u128,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, Error> {
        let Some(job) = operation.job else {
            return Err(Error::Setup(format!(
                "{} starts no job that can be followed, as far as its spec knows",
                operation.name
            )));
        };
        let mut ids = path::texts(answer, job.id);
        ids.retain(|id| !id.is_empty());
        ids.dedup();
        if ids.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self::new(job, ids, policy, seed, now)))
    }

    /// Jobs whose ids are known.
    pub fn new(job: &'static Job, ids: Vec<String>, policy: WaitPolicy, seed: u128, now: DateTime<Utc>) -> Self {
        let parameter = job.poll.input.fields().iter().find(|field| field.name == job.parameter);
        let at_once = parameter.is_some_and(|field| matches!(field.kind, Kind::List(_)));
        let waiting = Waiting::new(job.poll, job.waiter, policy, seed, now).after_pause(now);
        Self { job, ids, at_once, waiting }
    }

    /// The jobs that are not done yet.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// The action that is called.
    pub fn operation(&self) -> &'static Operation {
        self.job.poll
    }

    /// Sets the ids of the jobs in the parameters of the next call, which have none yet.
    pub fn prepare(&self, input: &mut dyn Record) -> Result<(), Error> {
        let put = path::index(input.shape(), self.job.parameter).is_some_and(|index| match input.slot(index) {
            Slot::List(list) => {
                list.open();
                self.ids.iter().all(|id| copy::put_text(id, list.push()))
            }
            slot => self.ids.first().is_some_and(|id| copy::put_text(id, slot)),
        });
        if put {
            return Ok(());
        }
        let (action, parameter) = (self.job.poll.name, self.job.parameter);
        Err(Error::Setup(format!("the parameter {parameter} of {action} cannot take the id of a job")))
    }

    /// What is to be done now.
    pub fn step(&mut self, now: DateTime<Utc>) -> WaitStep {
        self.waiting.step(now)
    }

    /// See [`Waiting::time_left`].
    pub fn time_left(&self, now: DateTime<Utc>) -> Option<Duration> {
        self.waiting.time_left(now)
    }

    /// Takes the result of the call. See [`Waiting::answer`].
    pub fn answer(&mut self, result: Result<(), Error>, status: Option<u16>, output: &dyn Record, now: DateTime<Utc>) {
        let asked = if self.at_once { self.ids.as_slice() } else { self.ids.get(..1).unwrap_or_default() };
        if let (Ok(()), Some(key)) = (&result, self.job.key) {
            let told = path::texts(output, key);
            let unknown: Vec<&str> = asked.iter().filter(|id| !told.contains(id)).map(String::as_str).collect();
            if !unknown.is_empty() {
                // a job that was started a moment ago may not be listed yet
                let why = format!("the service knows no job {}", unknown.join(", "));
                self.waiting.not_yet(why, now);
                return;
            }
        }
        let jobs = asked.join(", ");
        self.waiting.answer(result, status, output, now);
        let reasons = self.job.reason.map(|way| path::texts(output, way)).unwrap_or_default();
        let reasons: Vec<String> = reasons.into_iter().filter(|reason| !reason.is_empty()).collect();
        let mut more = format!("job {jobs}");
        if !reasons.is_empty() {
            more.push_str(&format!(", reason: {}", reasons.join(", ")));
        }
        self.waiting.explain(&more);
        if self.waiting.is_done() && !self.at_once {
            self.ids.remove(0);
            if !self.ids.is_empty() {
                self.waiting.go_on(now);
            }
        }
    }

    /// See [`Waiting::cancel`].
    pub fn cancel(&mut self) {
        self.waiting.cancel();
    }

    /// What the last answer said. See [`Waiting::last`].
    pub fn last(&self) -> &str {
        self.waiting.last()
    }

    /// How often the action was called.
    pub fn polls(&self) -> u32 {
        self.waiting.polls()
    }
}
