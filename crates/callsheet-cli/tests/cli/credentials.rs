//! Where the program finds credentials, and where they lead it.

use std::sync::Arc;

use callsheet_dynamic::Catalog;
use callsheet_mock::{Config, Server};

use crate::cloud;
use crate::errors::free_port;
use crate::support::{MONITOR, Scratch, code, command, shipped_specs, stderr, stdout, words};

/// Each place with its reason; the file says where the role is asked for.
#[test]
fn missing_credentials_are_listed_with_their_reasons() {
    let home = Scratch::new();
    let port = free_port();
    let file = format!("qy_access_key_id: ''\ncredential_proxy_host: 127.0.0.1\ncredential_proxy_port: {port}\n");
    home.write(".qingcloud/config.yaml", &file);
    let mut call = command(&words(&format!("call {}", MONITOR)));
    let missing = call.env("HOME", home.path("")).output().expect("runs");
    assert_eq!(code(&missing), 5);
    insta::assert_snapshot!("no_credentials_reasons", stderr(&missing).replace(&port.to_string(), "PORT"));

    // those of the next place would be another caller's
    let half = call.env("QY_SECRET_ACCESS_KEY", "hunter2").output().expect("runs");
    assert_eq!(code(&half), 5);
    assert!(stderr(&half).contains("QY_ACCESS_KEY_ID and QY_SECRET_ACCESS_KEY: only the second is set\nhint"));
}

/// The look-up is a part of the call: `--timeout` ends it, and nobody is asked after that.
#[test]
fn the_metadata_address_has_the_time_of_the_call() {
    let (done, over) = std::sync::mpsc::channel::<()>();
    let silent = cloud::Server::start(move |_| {
        // until the test is over
        let _ = over.recv();
        (200, String::new())
    });
    let url = silent.url("");
    let (host, port) = url.trim_start_matches("http://").split_once(':').expect("an address with a port");
    let home = Scratch::new();
    home.write(".qingcloud/config.yaml", &format!("credential_proxy_host: {host}\ncredential_proxy_port: {port}\n"));
    home.write("lines.txt", "resource=a\n");
    let lines = home.text("lines.txt");
    for more in ["", "--dry-run", &format!("--each {lines}")] {
        let before = silent.served();
        let line = format!("call {MONITOR} --timeout 200ms {more}");
        let missing = command(&words(&line)).env("HOME", home.path("")).output().expect("runs");
        assert_eq!(code(&missing), 5, "{more}: {}", stderr(&missing));
        assert!(stderr(&missing).contains("security-credentials: nobody answers there: timed out"), "{more}");
        assert!(silent.served() - before <= 1, "{more}: asked {} times", silent.served() - before);
    }
    drop(done);
}

/// The file of a private cloud was read for its keys only, and they were sent to the public one.
#[test]
fn the_vendors_file_says_where_its_keys_count() {
    let home = Scratch::new();
    let keys = "qy_access_key_id: 'FILEKEY'\nqy_secret_access_key: 's3cret'\nzone: 'gd2'\n";
    let call = "call qingcloud DescribeInstances --dry-run";
    let shown = |more: &str| {
        let shown = command(&words(&format!("{call} {more}"))).env("HOME", home.path("")).output().expect("runs");
        assert_eq!(code(&shown), 0, "{}", stderr(&shown));
        (String::from_utf8_lossy(&shown.stdout).into_owned(), stderr(&shown).to_owned())
    };
    home.write(".qingcloud/config.yaml", &format!("{keys}host: api.private.example\nport: 7777\nuri: /iaas\n"));
    let (request, said) = shown("");
    assert!(request.starts_with("GET /iaas?") && request.contains("host: api.private.example:7777\n"), "{request}");
    assert!(request.contains("&zone=gd2"), "{request}");
    let from = "as the file ~/.qingcloud/config.yaml says; --endpoint sets another\n";
    assert_eq!(said, format!("note: the endpoint is https://api.private.example:7777/iaas, {from}"));
    // arguments count more
    let (request, said) = shown("zone=pek3a --endpoint https://own.example/x/");
    assert!(request.starts_with("GET /x/?") && request.contains("host: own.example\n"), "{request}");
    assert!(request.contains("&zone=pek3a") && !request.contains("gd2"), "{request}");
    assert_eq!(said, "");
    // the file that the Go SDK writes leads where everybody goes
    home.write(
        ".qingcloud/config.yaml",
        &format!("{keys}host: api.qingcloud.com\nport: 443\nprotocol: https\nuri: /iaas\n"),
    );
    let (request, said) = shown("");
    assert!(request.starts_with("GET /iaas?") && request.contains("host: api.qingcloud.com\n"), "{request}");
    assert_eq!(said, "");
}

/// One call and many go where the file says.
#[test]
fn calls_go_where_the_vendors_file_says() {
    let loaded = callsheet_spec::load_dir(shipped_specs()).expect("specs without problems");
    let server = Server::start(Arc::new(Catalog::new(&loaded.spec)), Config::default()).expect("a server");
    let url = server.url();
    let (host, port) =
        url.trim_start_matches("http://").trim_end_matches('/').split_once(':').expect("an address with a port");
    let (home, key) = (Scratch::new(), Config::test_credentials());
    let keys = format!("qy_access_key_id: {}\nqy_secret_access_key: {}\nzone: pek3a\n", key.id(), key.secret());
    let address = format!("protocol: http\nhost: {host}\nport: {port}\nuri: /iaas/\n");
    home.write(".qingcloud/config.yaml", &(keys + &address));
    home.write("lines.txt", "resource=a\nresource=b\n");
    let call = "call qingcloud GetWanMonitor access_type=cpe meters=traffic step=5m start_time=2020-05-09T02:00:00Z \
                end_time=2020-05-09T03:00:00Z";
    let one = command(&words(&format!("{call} resource=a --output json"))).env("HOME", home.path("")).output();
    let one = one.expect("runs");
    assert_eq!(code(&one), 0, "{}", stderr(&one));
    let lines = home.text("lines.txt");
    let many = command(&words(&format!("{call} --each {lines}"))).env("HOME", home.path("")).output().expect("runs");
    assert_eq!(code(&many), 0, "{}", stderr(&many));
    assert_eq!(stdout(&many).lines().count(), 2);
    for output in [&one, &many] {
        assert!(stderr(output).contains(&format!("note: the endpoint is http://{host}:{port}/iaas/, as the file")));
    }
    assert_eq!(server.requests().iter().filter(|request| request.action == "GetWanMonitor").count(), 3);
}
