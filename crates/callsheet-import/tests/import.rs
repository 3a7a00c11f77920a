//! A model with a bit of everything, and models with mistakes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use std::collections::BTreeMap;

use callsheet_import::{Inputs, Source, botocore};
use callsheet_spec::model::{Meaning, NamedKind, Spec, Type, WaitTest};
use serde_json::{Value, json};

fn model() -> Value {
    json!({
        "metadata": {
            "protocol": "query", "apiVersion": "2020-01-01", "endpointPrefix": "shop", "serviceId": "Shop 2",
            "serviceFullName": "A Shop", "signatureVersion": "v4", "signingName": "shopping", "uid": "shop-2020-01-01"
        },
        "documentation": "SECRET PROSE",
        "operations": {
            "ListThings": {
                "name": "ListThings", "documentation": "SECRET PROSE",
                "http": { "method": "POST", "requestUri": "/" },
                "input": { "shape": "ListInput" },
                "output": { "shape": "ListOutput", "resultWrapper": "ListThingsResult" },
                "errors": [{ "shape": "NoSuchShopException" }]
            },
            "BuyThing": {
                "name": "BuyThing", "http": { "method": "POST", "requestUri": "/" },
                "input": { "shape": "BuyInput" }, "output": { "shape": "BuyOutput", "resultWrapper": "Bought" },
                "endpoint": { "hostPrefix": "{Shop}." }
            },
            "Watch": {
                "name": "Watch", "http": { "method": "POST", "requestUri": "/" }, "output": { "shape": "WatchOutput" }
            }
        },
        "shapes": {
            "String": { "type": "string" },
            "Secret": { "type": "string", "sensitive": true, "min": 8, "max": 16 },
            "Count": { "type": "integer", "min": 1, "max": 1000 },
            "Flag": { "type": "boolean" },
            "Kind": { "type": "string", "enum": ["new", "used", "new"], "documentation": "SECRET PROSE" },
            "ListInput": { "type": "structure", "members": { "Marker": { "shape": "String" }, "Max": { "shape": "Count" } } },
            "ListOutput": {
                "type": "structure", "required": ["Things"],
                "members": {
                    "Things": { "shape": "Things", "documentation": "SECRET PROSE" }, "Marker": { "shape": "String" },
                    "More": { "shape": "Flag" }
                }
            },
            "Things": { "type": "list", "member": { "shape": "Thing", "locationName": "Thing" } },
            "Thing": {
                "type": "structure", "required": ["Id"],
                "members": { "Id": { "shape": "String" }, "Parts": { "shape": "Things" }, "Kind": { "shape": "Kind" }, "kind": { "shape": "String" } }
            },
            "BuyInput": {
                "type": "structure", "required": ["Order"],
                "members": {
                    "Shop": { "shape": "String", "hostLabel": true }, "Order": { "shape": "Order" },
                    "Token": { "shape": "String", "idempotencyToken": true }, "Password": { "shape": "Secret" }
                }
            },
            "Order": { "type": "structure", "required": ["Next", "Count"], "members": { "Next": { "shape": "Order" }, "Count": { "shape": "Count" } } },
            "BuyOutput": { "type": "structure", "members": { "State": { "shape": "String" } } },
            "WatchOutput": { "type": "structure", "members": { "Events": { "shape": "Events" } } },
            "Events": { "type": "structure", "members": {}, "eventstream": true },
            "NoSuchShopException": {
                "type": "structure", "members": { "message": { "shape": "String" } }, "exception": true,
                "error": { "code": "NoSuchShop", "httpStatusCode": 404, "senderFault": true }
            }
        }
    })
}

fn import(model: &Value) -> Result<BTreeMap<String, String>, String> {
    let source = Source { name: "service-2.json", text: &model.to_string() };
    botocore(Inputs::new(source)).map(BTreeMap::from_iter).map_err(|e| e.to_string())
}

fn load(files: &BTreeMap<String, String>) -> Spec {
    let loaded = callsheet_spec::load(&files.clone().into_iter().collect());
    let loaded = loaded.unwrap_or_else(|report| panic!("{report}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    loaded.spec
}

#[test]
fn a_model_becomes_a_spec() {
    let files = import(&model()).unwrap();
    let paths: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(paths, ["shop_2/BuyThing.toml", "shop_2/ListThings.toml", "shop_2/service.toml", "shop_2/types.toml"]);
    assert!(files.values().all(|text| !text.contains("PROSE")), "documentation was imported");
    assert!(files["shop_2/service.toml"].contains("# Watch is left out"));

    let spec = load(&files);
    let group = &spec.services[0].groups[0];
    let code = group.settings.errors.codes.iter().find(|code| code.code == "NoSuchShop").unwrap();
    assert_eq!((code.means, code.status), (Meaning::NotFound, Some(404)));
    assert_eq!(code.members.as_deref(), Some("NoSuchShopException"));
    assert!(group.settings.errors.codes.iter().any(|code| code.code == "Throttling"));

    let list = group.actions.iter().find(|action| action.name == "ListThings").unwrap();
    assert!(list.safe);
    assert_eq!(list.errors, ["NoSuchShop", "NoSuchShopException"]);
    assert_eq!(list.link.as_deref(), Some("https://docs.aws.amazon.com/goto/WebAPI/shop-2020-01-01/ListThings"));
    // what a service promises to answer may be missing all the same
    assert!(list.output.iter().all(|field| !field.required));
    assert!(list.output[0].nullable);

    let buy = group.actions.iter().find(|action| action.name == "BuyThing").unwrap();
    assert!(!buy.safe);
    assert_eq!(buy.result.as_deref(), Some("Bought"));
    assert_eq!(buy.host_prefix.as_deref(), Some("{Shop}."));
    let required: Vec<&str> =
        buy.input.iter().filter(|field| field.required).map(|field| field.name.as_str()).collect();
    assert_eq!(required, ["Shop", "Order"]);
    assert!(buy.input[2].idempotency_token);
    assert!(buy.input[3].sensitive && buy.input[3].rules.len() == 1);

    // an order that needs an order could never be made
    let NamedKind::Struct(order) = &group.types["Order"].kind else { panic!("no structure") };
    assert_eq!(order.iter().map(|field| field.required).collect::<Vec<_>>(), [false, true]);
    let NamedKind::Struct(thing) = &group.types["Thing"].kind else { panic!("no structure") };
    let names: Vec<(&str, &str)> = thing.iter().map(|field| (field.name.as_str(), field.read.as_str())).collect();
    assert_eq!(names, [("Id", "Id"), ("Parts", "Parts"), ("Kind", "Kind"), ("kind_2", "kind")]);
    let Type::List(parts) = &thing[1].ty else { panic!("no list") };
    // the usual name of items is that of the only list
    assert_eq!((parts.item_name.as_deref(), group.settings.answer.item.as_str()), (None, "Thing"));
}

#[test]
fn pages_and_waiters_become_part_of_it() {
    let text = model().to_string();
    let pages = json!({ "pagination": {
        "ListThings": { "input_token": "Marker", "output_token": "Marker", "more_results": "More", "result_key": ["Things", "More"], "limit_key": "Max" },
        "BuyThing": { "input_token": "Token", "output_token": "States[-1].Id", "result_key": "State" }
    }});
    let waiters = json!({ "waiters": {
        "ThingUsed": { "operation": "ListThings", "delay": 15, "maxAttempts": 40, "acceptors": [
            { "matcher": "pathAll", "argument": "Things[].Kind", "expected": "used", "state": "success" },
            { "matcher": "pathAny", "argument": "Things[].kind", "expected": "lost", "state": "failure" },
            { "matcher": "path", "argument": "length(Things[]) > `0`", "expected": true, "state": "retry" },
            { "matcher": "path", "argument": "length(Things) == `0`", "expected": true, "state": "success" },
            { "matcher": "error", "expected": "NoSuchShop", "state": "success" },
            { "matcher": "status", "expected": 404, "state": "success" }
        ]},
        "Odd": { "operation": "ListThings", "delay": 1, "maxAttempts": 2, "acceptors": [
            { "matcher": "path", "argument": "length(Things[?Kind == 'new']) == `2`", "expected": true, "state": "success" }
        ]}
    }});
    let (pages, waiters) = (pages.to_string(), waiters.to_string());
    let inputs = Inputs {
        paginators: Some(Source { name: "paginators-1.json", text: &pages }),
        waiters: Some(Source { name: "waiters-2.json", text: &waiters }),
        ..Inputs::new(Source { name: "service-2.json", text: &text })
    };
    let files: BTreeMap<String, String> = botocore(inputs).unwrap().into_iter().collect();
    assert!(files["shop_2/ListThings.toml"].contains("# The waiter Odd is left out"));
    assert!(files["shop_2/BuyThing.toml"].contains("States[-1].Id -> Token"));
    let spec = load(&files);
    let actions = &spec.services[0].groups[0].actions;
    assert!(actions[0].pages.is_none());
    let list = &actions[1];
    let pages = list.pages.as_ref().unwrap();
    assert_eq!((pages.marks.len(), pages.items.len(), pages.limit.as_deref()), (1, 1, Some("Max")));
    assert!(pages.more.is_some());
    let [waiter] = list.waiters.as_slice() else { panic!("{:?}", list.waiters) };
    assert_eq!((waiter.name.as_str(), waiter.every, waiter.tries, waiter.when.len()), ("ThingUsed", 15, 40, 6));
    // the field has another name than its member
    let WaitTest::Any(path, _) = &waiter.when[1].test else { panic!("{:?}", waiter.when[1]) };
    assert_eq!(path.steps[1].field, "kind_2");
    assert!(matches!(waiter.when[2].test, WaitTest::Some(_)) && matches!(waiter.when[3].test, WaitTest::None(_)));
}

#[test]
fn mistakes_are_told_with_file_and_path() {
    let broken = |pointer: &str, value: Value| {
        let mut model = model();
        *model.pointer_mut(pointer).unwrap() = value;
        import(&model).unwrap_err()
    };
    for (pointer, value, message) in [
        (
            "/metadata/protocol",
            json!("rest-xml"),
            "service-2.json: $.metadata.protocol: the service speaks rest-xml; what can be imported is query, ec2, json",
        ),
        (
            "/shapes/Things/member/shape",
            json!("Gone"),
            "service-2.json: $.shapes.Things.member: there is no shape `Gone`",
        ),
        ("/shapes/Count/type", json!("number"), "service-2.json: $.shapes.Count.type: there is no type `number`"),
        (
            "/shapes/Thing/members/Id",
            json!(5),
            "service-2.json: $.shapes.Thing.members.Id: expected Id (an object), found a number",
        ),
        (
            "/operations/BuyThing/http/requestUri",
            json!("/buy"),
            "service-2.json: $.operations.BuyThing.http.requestUri: the request URI is `/buy`, and not `/`",
        ),
        (
            "/operations/BuyThing/http/method",
            json!("PUT"),
            "service-2.json: $.operations.BuyThing.http.method: the method is PUT; GET and POST can be imported",
        ),
        ("/operations/BuyThing/input/shape", json!("Count"), "service-2.json: $.shapes.Count: expected a structure"),
        (
            "/shapes/Things/member/shape",
            json!("Things"),
            "service-2.json: $.shapes.ListOutput.members.Things: lists and maps are nested too deep",
        ),
    ] {
        assert_eq!(broken(pointer, value), message);
    }
    let error = botocore(Inputs::new(Source { name: "x.json", text: "{" })).unwrap_err();
    assert!(error.to_string().starts_with("x.json: $: not JSON: EOF"), "{error}");
}
