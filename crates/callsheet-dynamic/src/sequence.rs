//! The tables of calls that belong together.

use callsheet::schema::{FieldPath, Join, Mark, Pages, Reach, Turn, WaitRule, WaitState, WaitTest, Waiter, Window};
use callsheet_spec::model;

use crate::tables::{Builder, leak};

impl Builder {
    pub(crate) fn path(&mut self, path: &model::FieldPath) -> FieldPath {
        FieldPath(self.text(&path.to_string()))
    }

    fn optional_path(&mut self, path: Option<&model::FieldPath>) -> Option<FieldPath> {
        path.map(|path| self.path(path))
    }

    pub(crate) fn pages(&mut self, pages: &model::Pages) -> &'static Pages {
        let turn = match &pages.offset {
            Some(offset) => Turn::Offset {
                parameter: self.text(&offset.parameter),
                total: self.optional_path(offset.total.as_ref()),
            },
            None => {
                let mark = |mark: &model::Mark| Mark { input: self.text(&mark.input), output: self.path(&mark.output) };
                Turn::Marks(pages.marks.iter().map(mark).collect::<Vec<_>>().leak())
            }
        };
        leak(Pages {
            turn,
            more: self.optional_path(pages.more.as_ref()),
            items: pages.items.iter().map(|path| self.path(path)).collect::<Vec<_>>().leak(),
            limit: self.option(pages.limit.as_ref()),
            size: pages.size,
        })
    }

    pub(crate) fn window(&mut self, window: &model::Window) -> &'static Window {
        let spans: Vec<_> = window.spans.iter().map(|(value, span)| (self.text(value), *span)).collect();
        let join: Vec<_> =
            window.join.iter().map(|(list, key)| Join { list: self.path(list), key: self.text(key) }).collect();
        leak(Window {
            begin: self.text(&window.begin),
            end: self.text(&window.end),
            step: window.step,
            span: window.span,
            by: self.option(window.by.as_ref()),
            spans: spans.leak(),
            join: join.leak(),
        })
    }

    pub(crate) fn reach(&mut self, reach: &model::Reach) -> &'static Reach {
        let most: Vec<_> = reach.most.iter().map(|(value, most)| (self.text(value), *most)).collect();
        leak(Reach {
            begin: self.text(&reach.begin),
            end: self.text(&reach.end),
            by: self.option(reach.by.as_ref()),
            most: most.leak(),
            usual: reach.usual,
            doubt: reach.doubt,
        })
    }

    pub(crate) fn waiters(&mut self, waiters: &[model::Waiter]) -> &'static [&'static Waiter] {
        let mut tables: Vec<&'static Waiter> = Vec::with_capacity(waiters.len());
        for waiter in waiters {
            let when: Vec<WaitRule> = waiter.when.iter().map(|rule| self.wait_rule(rule)).collect();
            let (name, when) = (self.text(&waiter.name), when.leak());
            tables.push(leak(Waiter { name, every: waiter.every, tries: waiter.tries, when }));
        }
        tables.leak()
    }

    fn wait_rule(&mut self, rule: &model::WaitRule) -> WaitRule {
        let test = match &rule.test {
            model::WaitTest::Value(path, is) => WaitTest::Value(self.path(path), self.text(is)),
            model::WaitTest::All(path, is) => WaitTest::All(self.path(path), self.text(is)),
            model::WaitTest::Any(path, is) => WaitTest::Any(self.path(path), self.text(is)),
            model::WaitTest::Some(path) => WaitTest::Some(self.path(path)),
            model::WaitTest::None(path) => WaitTest::None(self.path(path)),
            model::WaitTest::Error(code) => WaitTest::Error(self.text(code)),
            model::WaitTest::AnyError(any) => WaitTest::AnyError(*any),
            model::WaitTest::Status(status) => WaitTest::Status(*status),
        };
        let then = match rule.then {
            model::WaitState::Done => WaitState::Done,
            model::WaitState::Failed => WaitState::Failed,
            model::WaitState::Again => WaitState::Again,
        };
        WaitRule { test, then }
    }
}
