//! Lists that come in pages: the machine, and both clients against a server that remembers.

use callsheet::oos::iam::{self, ListUsers, ListUsersOutput};
use callsheet::qingcloud::instance::{self, DescribeInstances, DescribeInstancesOutput, InstanceStatus};
use callsheet::sequence::{Cursor, Items, PagesError, Paging};
use callsheet::{Action, Error, Service};
use callsheet_dynamic::{Catalog, DynRecord};
use callsheet_tests::server::{Asked, Server};
use callsheet_tests::{catalog, credentials};

/// A list of instances that may change while it is read. Like the real service it cuts limits to 100 without a word.
struct Cloud {
    ids: Vec<String>,
}

impl Cloud {
    fn new(count: usize) -> Self {
        Self { ids: (0..count).map(|n| format!("i-{n:04}")).collect() }
    }

    fn page(&self, offset: usize, limit: usize) -> String {
        let page = self.ids.iter().skip(offset).take(limit.min(100));
        let items: Vec<String> = page.map(|id| format!("{{\"instance_id\": \"{id}\"}}")).collect();
        let total = self.ids.len();
        format!("{{\"ret_code\": 0, \"total_count\": {total}, \"instance_set\": [{}]}}", items.join(","))
    }

    fn answer(&self, asked: &DescribeInstances) -> DescribeInstancesOutput {
        let number = |value: Option<i64>, usual| value.map_or(usual, |value| usize::try_from(value).unwrap());
        read(&self.page(number(asked.offset, 0), number(asked.limit, 20)))
    }
}

fn read(body: &str) -> DescribeInstancesOutput {
    instance::service().response::<DescribeInstances>(&http::Response::new(body)).unwrap()
}

fn ids(output: &DescribeInstancesOutput) -> Vec<String> {
    output.instance_set.iter().map(|instance| instance.instance_id.clone()).collect()
}

/// Reads a list to its end, calling `answer` for each page.
fn read_all(
    mut paging: Paging<DescribeInstances>,
    mut answer: impl FnMut(&DescribeInstances) -> DescribeInstancesOutput,
) -> (Vec<Vec<String>>, Option<PagesError>) {
    let mut pages = Vec::new();
    while let Some(call) = paging.next_call() {
        match call {
            Ok(action) => {
                let output = answer(action);
                paging.receive(&output);
                pages.push(ids(&output));
            }
            Err(Error::Pages(error)) => {
                assert!(paging.next_call().is_none(), "an error ends the list");
                return (pages, Some(*error));
            }
            Err(error) => panic!("{error}"),
        }
        assert!(pages.len() < 1000, "the list never ends");
    }
    (pages, None)
}

#[test]
fn every_item_once_whatever_the_page_size() {
    let cloud = Cloud::new(250);
    for (limit, sizes) in [
        (None, vec![100, 100, 50]),
        // the service cuts it to 100 without saying so
        (Some(500), vec![100, 100, 50]),
        (Some(99), vec![99, 99, 52]),
        (Some(125), vec![100, 100, 50]),
        (Some(50), vec![50; 5]),
    ] {
        let mut action = DescribeInstances::new();
        action.limit = limit;
        let (pages, error) = read_all(Paging::new(&action).unwrap(), |asked| cloud.answer(asked));
        assert_eq!(error, None);
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "{limit:?}");
        assert_eq!(pages.concat(), cloud.ids, "{limit:?}");
    }
    for count in [0, 1, 100, 101] {
        let cloud = Cloud::new(count);
        let (pages, error) = read_all(Paging::new(&DescribeInstances::new()).unwrap(), |asked| cloud.answer(asked));
        assert_eq!((pages.concat(), error), (cloud.ids.clone(), None));
        assert_eq!(pages.len(), count.div_ceil(100).max(1), "no call for a page that cannot be there");
    }
}

#[test]
fn a_list_can_begin_in_the_middle() {
    let cloud = Cloud::new(30);
    let action = DescribeInstances::new().offset(12).limit(10);
    let (pages, error) = read_all(Paging::new(&action).unwrap(), |asked| cloud.answer(asked));
    assert_eq!((pages.concat(), error), (cloud.ids[12..].to_vec(), None));
}

#[test]
fn the_other_parameters_stay() {
    let cloud = Cloud::new(150);
    let action = DescribeInstances::new().instances(["i-1"]).verbose(1);
    let mut asked = Vec::new();
    read_all(Paging::new(&action).unwrap(), |action| {
        asked.push(action.clone());
        cloud.answer(action)
    });
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], action.clone().limit(100));
    assert_eq!(asked[1], action.limit(100).offset(100));
}

#[test]
fn a_list_that_shrinks_says_so() {
    let mut cloud = Cloud::new(250);
    let (pages, error) = read_all(Paging::new(&DescribeInstances::new()).unwrap(), |asked| {
        let output = cloud.answer(asked);
        // one of the first page goes: what was at 100 is at 99 now, and is not seen
        if asked.offset.is_none() {
            cloud.ids.remove(0);
        }
        output
    });
    let error = error.expect("an error");
    assert_eq!(pages.len(), 2, "the page is handed out before the error");
    assert!(!pages.concat().contains(&"i-0100".to_owned()));
    assert_eq!(error, PagesError::Shrunk { action: "DescribeInstances", before: 250, now: 249, read: 200 });
    assert!(error.to_string().contains("shrank from 250 to 249"), "{error}");
}

#[test]
fn the_last_page_too_says_that_the_list_shrank() {
    let mut cloud = Cloud::new(110);
    let (pages, error) = read_all(Paging::new(&DescribeInstances::new()).unwrap(), |asked| {
        let output = cloud.answer(asked);
        cloud.ids.remove(0);
        output
    });
    assert_eq!(pages.len(), 2);
    assert!(matches!(error, Some(PagesError::Shrunk { before: 110, now: 109, .. })), "{error:?}");
}

#[test]
fn who_does_not_mind_goes_on() {
    let mut cloud = Cloud::new(250);
    let paging = Paging::new(&DescribeInstances::new()).unwrap().tolerant();
    let (pages, error) = read_all(paging, |asked| {
        let output = cloud.answer(asked);
        cloud.ids.remove(0);
        output
    });
    assert_eq!((pages.len(), error), (3, None));
    // most of it disappears: the next page lies behind the end
    let mut cloud = Cloud::new(250);
    let paging = Paging::new(&DescribeInstances::new()).unwrap().tolerant();
    let (pages, error) = read_all(paging, |asked| {
        let output = cloud.answer(asked);
        cloud.ids.truncate(20);
        output
    });
    assert_eq!((pages.concat().len(), error), (100, None));
}

#[test]
fn a_list_that_grows_is_read_to_its_end() {
    let mut cloud = Cloud::new(150);
    let (pages, error) = read_all(Paging::new(&DescribeInstances::new()).unwrap(), |asked| {
        if asked.offset.is_some() && cloud.ids.len() < 220 {
            cloud.ids.extend((0..70).map(|n| format!("i-new-{n}")));
        }
        cloud.answer(asked)
    });
    assert_eq!((pages.concat().len(), error), (220, None));
}

#[test]
fn a_page_that_is_empty_too_early_is_no_endless_loop() {
    let (pages, error) = read_all(Paging::new(&DescribeInstances::new()).unwrap(), |asked| {
        let page = Cloud::new(if asked.offset.is_none() { 10 } else { 0 }).page(0, 10);
        read(
            &page
                .replace("\"total_count\": 10", "\"total_count\": 50")
                .replace("\"total_count\": 0", "\"total_count\": 50"),
        )
    });
    assert_eq!(pages.len(), 2);
    assert_eq!(error, Some(PagesError::Empty { action: "DescribeInstances", offset: 10, total: 50 }));
}

#[test]
fn without_a_total_the_empty_page_is_the_last() {
    let cloud = Cloud::new(150);
    let (pages, error) = read_all(Paging::new(&DescribeInstances::new()).unwrap(), |asked| {
        let mut output = cloud.answer(asked);
        output.total_count = None;
        output
    });
    assert_eq!((pages.concat(), error), (cloud.ids.clone(), None));
    assert_eq!(pages.len(), 3);
}

#[test]
fn a_page_that_comes_again_is_no_endless_loop() {
    let page = |from: usize, total: &str| {
        let items: Vec<String> = (from..from + 10).map(|n| format!("{{\"instance_id\": \"i-{n}\"}}")).collect();
        format!("{{\"ret_code\": 0, {total} \"instance_set\": [{}]}}", items.join(","))
    };
    let same = |offset| Some(PagesError::Same { action: "DescribeInstances", offset });
    let paging = || Paging::new(&DescribeInstances::new()).unwrap();
    // no total; a total that is right, and is passed; one that grows with each page
    let (pages, error) = read_all(paging(), |_| read(&page(0, "")));
    assert_eq!((pages.len(), error), (2, same(10)));
    let (pages, error) = read_all(paging(), |_| read(&page(0, "\"total_count\": 20,")));
    assert_eq!((pages.len(), error), (2, same(10)));
    let mut total = 0;
    let (pages, error) = read_all(paging().tolerant(), |_| {
        total += 100;
        read(&page(0, &format!("\"total_count\": {total},")))
    });
    assert_eq!((pages.len(), error), (2, same(10)));
    // from the start again and again
    let (pages, error) =
        read_all(paging(), |asked| read(&page(usize::try_from(asked.offset.unwrap_or(0)).unwrap() % 30, "")));
    assert_eq!((pages.len(), error.clone()), (4, same(30)));
    assert_eq!(
        error.unwrap().to_string(),
        "DescribeInstances: the page at item 30 holds the same items as one before it; the service does not turn the pages, and \
         the list would never end"
    );
}

#[test]
fn items_go_on_where_a_cursor_says() {
    let cloud = Cloud::new(230);
    let action = DescribeInstances::new().limit(40);
    // as a program that is killed after every 17 items
    let mut cursor: Option<String> = None;
    let mut seen = Vec::new();
    let mut runs = 0;
    loop {
        let mut items = match &cursor {
            None => Items::new(&action).unwrap(),
            Some(text) => Items::resume(&action, &text.parse().unwrap()).unwrap(),
        };
        for _ in 0..17 {
            let item = loop {
                if let Some(item) = items.next_item() {
                    break Some(item);
                }
                let Some(call) = items.next_call() else { break None };
                let output = cloud.answer(call.unwrap());
                items.receive(output);
            };
            seen.extend(item.map(|item| item.instance_id));
        }
        runs += 1;
        cursor = items.cursor().map(|cursor| cursor.to_string());
        if cursor.is_none() {
            break;
        }
        assert!(runs < 100);
    }
    assert_eq!(seen, cloud.ids);
    assert_eq!(runs, 230_usize.div_ceil(17));
}

#[test]
fn a_list_that_shrank_since_its_first_page_was_left_is_no_whole_list() {
    let mut items = Items::new(&DescribeInstances::new().limit(40)).unwrap();
    let asked = items.next_call().unwrap().unwrap().clone();
    items.receive(Cloud::new(230).answer(&asked));
    assert!((0..7).all(|_| items.next_item().is_some()));
    let cursor = items.cursor().unwrap();
    assert_eq!(cursor.to_string(), "2/DescribeInstances/e3b0c442/7/offset=0/230");
    tells_that_it_shrank(&cursor);
}

/// Goes on where a list had 230 items and has one less.
fn tells_that_it_shrank(cursor: &Cursor) {
    let mut items = Items::resume(&DescribeInstances::new().limit(40), cursor).unwrap();
    let asked = items.next_call().unwrap().unwrap().clone();
    items.receive(Cloud::new(229).answer(&asked));
    while items.next_item().is_some() {}
    let error = items.next_call().unwrap().unwrap_err();
    assert!(error.to_string().contains("the list shrank from 230 to 229 items"), "{error}");
}

/// What tells it was forgotten when the reading stopped on the page that shows it.
#[test]
fn a_list_that_shrinks_is_no_whole_list_for_who_goes_on_within_the_page_either() {
    let mut items = Items::new(&DescribeInstances::new().limit(40)).unwrap();
    for count in [230, 229] {
        let asked = items.next_call().unwrap().unwrap().clone();
        items.receive(Cloud::new(count).answer(&asked));
        let taken = if count == 230 { 40 } else { 7 };
        assert!((0..taken).all(|_| items.next_item().is_some()));
    }
    let cursor = items.cursor().unwrap();
    assert_eq!(cursor.to_string(), "2/DescribeInstances/e3b0c442/7/offset=40/230");
    tells_that_it_shrank(&cursor);
}

#[test]
fn a_list_may_begin_at_a_mark_of_the_caller() {
    let mut items = Items::new(&ListUsers::new().marker("m")).unwrap();
    items.receive(iam::service("cn").response::<ListUsers>(&http::Response::new(users(&["a", "b"], None))).unwrap());
    assert!(items.next_item().is_some());
    let cursor = items.cursor().unwrap();
    assert_eq!(cursor.to_string(), "2/ListUsers/e3b0c442/1/marks/Marker=m");
    // the place is all that is needed
    let mut items = Items::resume(&ListUsers::new(), &cursor).unwrap();
    assert_eq!(items.next_call().unwrap().unwrap().marker.as_deref(), Some("m"));
}

#[test]
fn a_place_behind_all_items_costs_no_time() {
    let cursor: Cursor = "2/DescribeInstances/e3b0c442/18446744073709551615/offset=0/10".parse().unwrap();
    let mut items = Items::resume(&DescribeInstances::new(), &cursor).unwrap();
    let asked = items.next_call().unwrap().unwrap().clone();
    items.receive(Cloud::new(10).answer(&asked));
    assert!(items.next_item().is_none() && items.next_call().is_none());
}

#[test]
fn pages_hold_items() {
    let error = Paging::new(&DescribeInstances::new().limit(0)).unwrap_err();
    assert_eq!(error.to_string(), "limit = 0: a list cannot be read in pages of no items");
    let error = Paging::new(&DescribeInstances::new().offset(-5)).unwrap_err();
    assert_eq!(error.to_string(), "offset = -5: a list begins at 0");
}

#[test]
fn a_cursor_fits_its_list_only() {
    let mut paging = Paging::new(&DescribeInstances::new()).unwrap();
    let cloud = Cloud::new(250);
    let first = paging.next_call().unwrap().unwrap().clone();
    paging.receive(&cloud.answer(&first));
    let cursor = paging.cursor().unwrap();
    // no parameters but those of the page: the SHA-256 of nothing
    assert_eq!(cursor.to_string(), "2/DescribeInstances/e3b0c442/0/offset=100/250");
    let error = Paging::resume(&ListUsers::new(), &cursor).unwrap_err().to_string();
    assert!(error.contains("is a place in the list of DescribeInstances, not of ListUsers"), "{error}");
    let other: Cursor = "2/DescribeInstances/e3b0c442/0/marks/Marker=x".parse().unwrap();
    assert!(Paging::resume(&DescribeInstances::new(), &other).is_err());
    // the parameters count, the size of a page does not
    let stopped = DescribeInstances::new().status([InstanceStatus::Stopped]);
    let error = Paging::resume(&stopped, &cursor).unwrap_err().to_string();
    assert!(error.contains("is a place in the list that other parameters of DescribeInstances give"), "{error}");
    Paging::resume(&DescribeInstances::new().limit(20), &cursor).unwrap();
    let (pages, error) =
        read_all(Paging::resume(&DescribeInstances::new(), &cursor).unwrap(), |asked| cloud.answer(asked));
    assert_eq!((pages.concat(), error), (cloud.ids[100..].to_vec(), None));
}

fn users(names: &[&str], marker: Option<&str>) -> String {
    let members: String = names.iter().map(|name| format!("<member><UserName>{name}</UserName></member>")).collect();
    let marker_text = marker.map_or(String::new(), |marker| format!("<Marker>{marker}</Marker>"));
    let more = marker.is_some();
    format!(
        "<ListUsersResponse><ListUsersResult><Users>{members}</Users><IsTruncated>{more}</IsTruncated>{marker_text}\
         </ListUsersResult></ListUsersResponse>"
    )
}

fn read_users(body: &str) -> ListUsersOutput {
    iam::service("cn").response::<ListUsers>(&http::Response::new(body)).unwrap()
}

fn mark_error(answers: &[String]) -> (usize, Option<Error>) {
    let mut paging = Paging::new(&ListUsers::new()).unwrap();
    let mut count = 0;
    while let Some(call) = paging.next_call() {
        match call {
            Ok(_) => paging.receive(&read_users(&answers[count % answers.len()])),
            Err(error) => return (count, Some(error)),
        }
        count += 1;
        assert!(count < 100, "the list never ends");
    }
    (count, None)
}

#[test]
fn marks_lead_to_the_next_page() {
    let mut paging = Paging::new(&ListUsers::new().user_name("te")).unwrap();
    let mut asked = Vec::new();
    let pages = [users(&["a", "b"], Some("b/1 +")), users(&[], Some("c")), users(&["d"], None)];
    for page in &pages {
        let action = paging.next_call().unwrap().unwrap();
        assert_eq!(action.user_name.as_deref(), Some("te"));
        asked.push((action.marker.clone(), action.max_items));
        paging.receive(&read_users(page));
    }
    assert!(paging.next_call().is_none());
    let mark = |text: &str| (Some(text.to_owned()), Some(1000));
    assert_eq!(asked, [(None, Some(1000)), mark("b/1 +"), mark("c")]);
}

#[test]
fn a_repeated_mark_is_no_endless_loop() {
    let (count, error) = mark_error(&[users(&["a"], Some("x"))]);
    assert_eq!(count, 2);
    let error = error.unwrap().to_string();
    assert_eq!(error, "ListUsers: the service repeats the mark \"x\" of an earlier page; the list would never end");
    // not the last mark, but one before
    let (count, error) = mark_error(&[users(&["a"], Some("x")), users(&["b"], Some("y"))]);
    assert_eq!(count, 3);
    assert!(matches!(error, Some(Error::Pages(error)) if matches!(*error, PagesError::Repeated { .. })));
    // the one that the caller began with
    let mut paging = Paging::new(&ListUsers::new().marker("x")).unwrap();
    paging.receive(&read_users(&users(&["a"], Some("x"))));
    assert!(paging.next_call().unwrap().is_err());
}

#[test]
fn more_without_a_mark_is_an_error() {
    let page = users(&["a"], None).replace("false", "true");
    let (count, error) = mark_error(&[page]);
    assert_eq!(count, 1);
    assert!(error.unwrap().to_string().contains("not where the next one begins"));
}

#[test]
fn no_more_counts_more_than_a_mark() {
    let (count, error) = mark_error(&[users(&["a"], Some("x")).replace("true", "false")]);
    assert_eq!((count, error.is_none()), (1, true));
}

fn cloud_server(count: usize) -> Server {
    let cloud = Cloud::new(count);
    Server::start(move |asked: &Asked| {
        (200, cloud.page(asked.number("offset").unwrap_or(0), asked.number("limit").unwrap_or(20)))
    })
}

fn service(server: &Server) -> Service {
    instance::service().endpoint(server.url("/iaas/")).credentials(credentials())
}

#[test]
fn both_clients_read_lists() {
    let expected = Cloud::new(250).ids;
    let action = DescribeInstances::new();
    let server = cloud_server(250);
    let client = callsheet_ureq::Client::new(service(&server));
    let pages: Vec<_> = client.pages(&action).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(pages.iter().flat_map(ids).collect::<Vec<_>>(), expected);
    assert_eq!(server.served(), 3);
    let mut items = client.items(&action).unwrap();
    let some: Vec<String> = items.by_ref().take(120).map(|item| item.unwrap().instance_id).collect();
    // pages are taken whole: from within one they cannot go on, and nothing is passed over in silence
    let within = items.cursor().unwrap();
    let error = client.pages_from(&action, &within).unwrap_err().to_string();
    assert!(error.contains("behind 20 of its items"), "{error}");
    let pages = client.pages_from(&action, &within.page()).unwrap();
    assert_eq!(pages.flat_map(|page| ids(&page.unwrap())).collect::<Vec<_>>(), expected[100..]);
    let rest = client.items_from(&action, &within).unwrap();
    let rest: Vec<String> = rest.map(|item| item.unwrap().instance_id).collect();
    assert_eq!([some, rest].concat(), expected);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = callsheet_hyper::Client::new(service(&server));
        let mut pages = client.pages(&action).unwrap();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await {
            all.extend(ids(&page.unwrap()));
        }
        assert_eq!(all, expected);
        let mut stream = Box::pin(client.items(&action).unwrap().into_stream());
        let mut all = Vec::new();
        while let Some(item) = next(&mut stream).await {
            all.push(item.unwrap().instance_id);
        }
        assert_eq!(all, expected);
    });
}

#[test]
fn a_stream_tells_where_it_is() {
    let expected = Cloud::new(250).ids;
    let action = DescribeInstances::new();
    let server = cloud_server(250);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = callsheet_hyper::Client::new(service(&server));
        // begun anew after each few items, in the middle of a page and at its end
        let mut stream = client.items(&action).unwrap().into_stream();
        let mut all = Vec::new();
        loop {
            for _ in 0..20 {
                all.extend(next(&mut stream).await.map(|item| item.unwrap().instance_id));
            }
            let Some(cursor) = stream.cursor() else { break };
            stream = client.items_from(&action, &cursor).unwrap().into_stream();
        }
        assert_eq!(all, expected);
        let mut pages = client.pages(&action).unwrap().into_stream();
        let first = ids(&next(&mut pages).await.unwrap().unwrap());
        let mut rest = client.pages_from(&action, &pages.cursor().unwrap()).unwrap().into_stream();
        let mut all = first;
        while let Some(page) = next(&mut rest).await {
            all.extend(ids(&page.unwrap()));
        }
        assert_eq!((all, rest.cursor()), (expected, None));

        // while a page is asked for, and after an error, it is the place of that page
        let mut pages = client.pages(&action).unwrap().into_stream();
        next(&mut pages).await.unwrap().unwrap();
        let before = pages.cursor();
        assert!(before.is_some());
        drop(tokio::time::timeout(std::time::Duration::ZERO, next(&mut pages)).await);
        assert_eq!(pages.cursor().is_some(), before.is_some());
        let gone = instance::service().endpoint("http://127.0.0.1:9/").credentials(credentials());
        let once = callsheet::call::RetryPolicy::once();
        let client = callsheet_hyper::Client::builder(gone).retry(once).build().unwrap();
        let mut pages = client.pages_from(&action, &before.clone().unwrap()).unwrap().into_stream();
        assert!(next(&mut pages).await.unwrap().is_err());
        assert!(next(&mut pages).await.is_none());
        assert_eq!(pages.cursor(), before);
    });
}

/// The next item of a stream, without a crate for that.
async fn next<S: futures_core::Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|context| std::pin::Pin::new(&mut *stream).poll_next(context)).await
}

#[test]
fn a_dropped_future_loses_no_page() {
    let server = cloud_server(250);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = callsheet_hyper::Client::new(service(&server));
        let mut items = client.items(&DescribeInstances::new()).unwrap();
        let mut all = Vec::new();
        loop {
            // polled once and dropped
            drop(tokio::time::timeout(std::time::Duration::ZERO, items.next()).await.map(|item| {
                all.extend(item.map(|item| item.unwrap().instance_id));
            }));
            let Some(item) = items.next().await else { break };
            all.push(item.unwrap().instance_id);
        }
        all.dedup();
        assert_eq!(all, Cloud::new(250).ids);
    });
}

#[test]
fn an_error_ends_the_pages_and_the_cursor_stays() {
    let mut calls = 0;
    let cloud = Cloud::new(250);
    let server = Server::start(move |asked| {
        calls += 1;
        if calls == 2 {
            return (200, "{\"ret_code\": 1200, \"message\": \"AuthFailure\"}".to_owned());
        }
        (200, cloud.page(asked.number("offset").unwrap_or(0), asked.number("limit").unwrap_or(20)))
    });
    let client = callsheet_ureq::Client::new(service(&server));
    let mut pages = client.pages(&DescribeInstances::new()).unwrap();
    assert!(pages.next().unwrap().is_ok());
    assert!(pages.next().unwrap().is_err());
    assert!(pages.next().is_none());
    let rest = client.pages_from(&DescribeInstances::new(), &pages.cursor().unwrap()).unwrap();
    assert_eq!(rest.map(|page| page.unwrap().instance_set.len()).collect::<Vec<_>>(), [100, 50]);
}

#[test]
fn tables_made_at_run_time_page_the_same_way() {
    let catalog: Catalog = catalog();
    let entry = catalog.find("qingcloud", "DescribeInstances").unwrap();
    let cloud = Cloud::new(230);
    let given = DynRecord::new(entry.operation.input);
    let mut asked = given.clone();
    let mut turner = callsheet::sequence::Turner::begin(entry.operation, &mut asked).unwrap();
    let mut seen = Vec::new();
    loop {
        let number = |name: &str| match asked.value(name) {
            Some(callsheet_dynamic::Value::Int(v)) => usize::try_from(*v).unwrap(),
            _ => 0,
        };
        let body = cloud.page(number("offset"), number("limit"));
        let mut output = entry.output();
        let answer = callsheet::decode::Answer { status: 200, headers: &http::HeaderMap::new(), body: body.as_bytes() };
        entry.service("").response_of(entry.operation, answer, &mut output).unwrap();
        seen.push(output.to_json()["instance_set"].as_array().unwrap().len());
        let mut next = given.clone();
        if !turner.turn(&asked, &output, &mut next).unwrap() {
            break;
        }
        asked = next;
    }
    assert_eq!(seen, [100, 100, 30]);
    assert_eq!(DescribeInstances::OPERATION.pages.unwrap().size, entry.operation.pages.unwrap().size);
}
