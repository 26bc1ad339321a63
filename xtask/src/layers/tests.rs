use super::{
    graph::{Graph, Named},
    *,
};

/// The workspace as it should be, in small.
fn sound() -> Graph {
    let mut graph = Graph::default();
    for (package, named) in [
        ("claimkit-mpc", &["k256", "rand_core"][..]),
        ("claimkit-wire", &["claimkit-mpc", "serde"]),
        ("claimkit-wallet", &["claimkit-mpc", "claimkit-wire"]),
        ("claimkit-cosigner", &["claimkit-mpc", "claimkit-wire", "axum"]),
        ("claimkit", &["claimkit-wallet", "claimkit-wire", "web-sys"]),
        ("claimkit-cli", &["claimkit-wallet", "claimkit-wire", "clap"]),
        ("claimkit-benches", &["claimkit-mpc"]),
        ("claimkit-fuzz-targets", &["claimkit-wallet", "claimkit-cosigner"]),
        ("claimkit-drill", &["claimkit-wallet", "claimkit-cosigner"]),
        ("claimkit-model", &[]),
        ("claimkit-residue", &[]),
        ("xtask", &["clap"]),
        ("xtask-bindgen", &["wasm-bindgen-cli-support"]),
    ] {
        graph.members.insert(package.to_owned(), Named::default());
        named.iter().for_each(|other| add(&mut graph, package, other));
    }
    add(&mut graph, "axum", "tokio");
    add_to_tests(&mut graph, "claimkit-wallet", "claimkit-cosigner");
    graph
}

fn add(graph: &mut Graph, package: &str, other: &str) {
    graph
        .builds
        .entry(package.to_owned())
        .or_default()
        .insert(other.to_owned());
    if let Some(named) = graph.members.get_mut(package) {
        named.normal.insert(other.to_owned());
    }
}

fn add_to_tests(graph: &mut Graph, package: &str, other: &str) {
    if let Some(named) = graph.members.get_mut(package) {
        named.tests.insert(other.to_owned());
    }
}

#[test]
fn the_workspace_holds_its_layers() {
    crate::workspace::enter().unwrap();
    assert_eq!(wrong_arrows().unwrap(), Vec::<String>::new());
}

#[test]
fn a_sound_graph_is_accepted() {
    assert_eq!(rules::broken(&sound()), Vec::<String>::new());
}

#[test]
fn an_arrow_that_points_back_is_refused() {
    for (package, other) in [
        ("claimkit-mpc", "claimkit-wire"),
        ("claimkit-mpc", "getrandom"),
        ("claimkit-mpc", "wasm-bindgen"),
        ("claimkit-wire", "claimkit-wallet"),
        ("claimkit-wire", "k256"),
        ("claimkit-wallet", "claimkit-cosigner"),
        ("claimkit-wallet", "web-sys"),
        ("claimkit-cosigner", "claimkit-wallet"),
        ("claimkit", "claimkit-mpc"),
        ("claimkit", "claimkit-cosigner"),
        ("xtask", "claimkit-mpc"),
    ] {
        let mut graph = sound();
        add(&mut graph, package, other);
        let wrong = rules::broken(&graph);
        assert!(
            wrong.contains(&format!("{package} must not name {other}")),
            "{package} → {other}: {wrong:?}"
        );
    }
}

#[test]
fn a_server_deep_below_the_client_is_refused() {
    let mut graph = sound();
    add(&mut graph, "claimkit-wallet", "innocent");
    add(&mut graph, "innocent", "axum");
    let wrong = rules::broken(&graph);
    assert!(
        wrong.contains(&"the build of claimkit-wallet must not contain tokio".to_owned()),
        "{wrong:?}"
    );
    assert!(
        wrong.contains(&"the build of claimkit must not contain axum".to_owned()),
        "{wrong:?}"
    );
}

#[test]
fn the_co_signers_tests_may_not_name_the_wallet() {
    let mut graph = sound();
    add_to_tests(&mut graph, "claimkit-cosigner", "claimkit-wallet");
    assert_eq!(
        rules::broken(&graph),
        ["the tests of claimkit-cosigner must not name claimkit-wallet"]
    );
}

#[test]
fn a_package_without_a_rule_is_refused() {
    let mut graph = sound();
    graph.members.insert("claimkit-new".to_owned(), Named::default());
    assert_eq!(rules::broken(&graph).len(), 1);
}

#[test]
fn cargos_own_words_are_read() {
    let graph = Graph::read(
        r#"{
          "packages": [
            {"id": "a#1", "name": "a", "dependencies": [{"name": "b", "kind": null}, {"name": "c", "kind": "dev"}]},
            {"id": "b#1", "name": "b", "dependencies": []},
            {"id": "c#1", "name": "c", "dependencies": []}
          ],
          "workspace_members": ["a#1"],
          "resolve": {"nodes": [
            {"id": "a#1", "deps": [
              {"pkg": "b#1", "dep_kinds": [{"kind": null}]},
              {"pkg": "c#1", "dep_kinds": [{"kind": "dev"}]}
            ]},
            {"id": "b#1", "deps": []},
            {"id": "c#1", "deps": []}
          ]}
        }"#,
    )
    .unwrap();
    assert!(graph.members["a"].normal.contains("b") && graph.members["a"].tests.contains("c"));
    assert_eq!(graph.below("a").into_iter().collect::<Vec<_>>(), ["b"]);
}
