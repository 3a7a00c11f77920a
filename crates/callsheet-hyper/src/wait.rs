//! Waiting until something is so, or a job is done.

use callsheet::call::Called;
use callsheet::schema::Waiter;
use callsheet::sequence::{Polling, StartsJob, WaitPolicy, WaitStep, Waiting};
use callsheet::value::Action;
use callsheet::{Error, Options};

use crate::{Client, local};

impl Client {
    /// Calls an action again until what the waiter waits for is so: `client.wait(&action, DescribeJobs::DONE)`. The answer is
    /// the last one. Dropping the future ends it.
    pub async fn wait<A: Action<Output: Send + Sync> + Sync>(
        &self,
        action: &A,
        waiter: &'static Waiter,
    ) -> Result<A::Output, Error> {
        self.wait_with(action, waiter, WaitPolicy::new()).await
    }

    /// The same with another policy.
    pub async fn wait_with<A: Action<Output: Send + Sync> + Sync>(
        &self,
        action: &A,
        waiter: &'static Waiter,
        policy: WaitPolicy,
    ) -> Result<A::Output, Error> {
        let clock = local::Clock::start();
        let mut waiting = Waiting::new(A::OPERATION, waiter, policy, local::seed(), clock.now());
        let mut output = A::Output::default();
        loop {
            // a name of its own, so that an error does not live across an await
            let step = waiting.step(clock.now());
            match step {
                WaitStep::Call => {
                    let left = waiting.time_left(clock.now());
                    let Called { result, report } =
                        self.call_dynamic_within(left, A::OPERATION, action, Options::none(), &mut output).await;
                    waiting.answer(result, report.status, &output, clock.now());
                }
                WaitStep::Pause(time) => tokio::time::sleep(time).await,
                WaitStep::Done(result) => return result.map(|()| output),
            }
        }
    }

    /// Waits until the jobs are done that an action has started: `answer` is what it answered. `None`: it names no job.
    /// Dropping the future ends it.
    pub async fn finish<A>(&self, action: &A, answer: &A::Output) -> Result<Option<<A::Poll as Action>::Output>, Error>
    where
        A: StartsJob<Output: Sync, Poll: Action<Output: Send + Sync> + Send + Sync> + Sync,
    {
        self.finish_with(action, answer, WaitPolicy::new()).await
    }

    /// The same with another policy.
    pub async fn finish_with<A>(
        &self,
        _: &A,
        answer: &A::Output,
        policy: WaitPolicy,
    ) -> Result<Option<<A::Poll as Action>::Output>, Error>
    where
        A: StartsJob<Output: Sync, Poll: Action<Output: Send + Sync> + Send + Sync> + Sync,
    {
        let clock = local::Clock::start();
        let Some(mut polling) = Polling::of(A::OPERATION, answer, policy, local::seed(), clock.now())? else {
            return Ok(None);
        };
        let mut output = <A::Poll as Action>::Output::default();
        loop {
            let step = polling.step(clock.now());
            match step {
                WaitStep::Call => {
                    let mut action = A::poll();
                    polling.prepare(&mut action)?;
                    let left = polling.time_left(clock.now());
                    let called = self
                        .call_dynamic_within(left, polling.operation(), &action, Options::none(), &mut output)
                        .await;
                    polling.answer(called.result, called.report.status, &output, clock.now());
                }
                WaitStep::Pause(time) => tokio::time::sleep(time).await,
                WaitStep::Done(result) => return result.map(|()| Some(output)),
            }
        }
    }
}
