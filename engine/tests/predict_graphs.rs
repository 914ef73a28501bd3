//! Graphs that are valid files with the right hash and must be refused all the same, each with its reason.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::path::Path;

use engine::predict::Ensemble;
use prost::Message;
use sha2::{Digest, Sha256};
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto};

/// The shipped model with its graph changed and signed again.
fn refusal(change: impl FnOnce(&mut GraphProto)) -> String {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    let dir = tempfile::tempdir().unwrap();
    let mut model = ModelProto::decode(&*std::fs::read(shipped.join("ensemble.onnx")).unwrap()).unwrap();
    change(model.graph.as_mut().unwrap());
    let bytes = model.encode_to_vec();
    let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let manifest = std::fs::read(shipped.join("manifest.json")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    manifest["sha256"] = hash.into();
    std::fs::write(dir.path().join("ensemble.onnx"), bytes).unwrap();
    std::fs::write(dir.path().join("manifest.json"), manifest.to_string()).unwrap();
    std::fs::copy(shipped.join("golden.json"), dir.path().join("golden.json")).unwrap();
    match Ensemble::load(dir.path()) {
        Ok(_) => "loaded".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn trees(graph: &mut GraphProto) -> &mut NodeProto {
    graph.node.iter_mut().find(|node| node.op_type == "TreeEnsembleClassifier").unwrap()
}

fn attribute<'a>(graph: &'a mut GraphProto, name: &str) -> &'a mut AttributeProto {
    trees(graph).attribute.iter_mut().find(|attribute| attribute.name == name).unwrap()
}

/// Makes a constant of the graph NaN.
fn spoil(graph: &mut GraphProto, name: &str) {
    let constant = graph.initializer.iter_mut().find(|constant| constant.name == name).unwrap();
    constant.float_data.clear();
    let numbers = constant.dims.iter().product::<i64>();
    constant.raw_data = (0..numbers).flat_map(|_| f32::NAN.to_le_bytes()).collect();
}

#[test]
fn writing_the_graph_again_changes_nothing() {
    assert_eq!(refusal(|_| {}), "loaded");
}

#[test]
fn faults_of_the_graph_are_named() {
    type Change = fn(&mut GraphProto);
    let cases: [(&str, Change); 16] = [
        ("node 0 of tree 0 points to 99999, which does not exist", |g| {
            attribute(g, "nodes_truenodeids").ints[0] = 99_999;
        }),
        ("of tree 0 is reached twice: not a tree", |g| attribute(g, "nodes_falsenodeids").ints[0] = 0),
        ("node 0 of tree 0 reads feature 500, allowed are 0 to 126", |g| {
            attribute(g, "nodes_featureids").ints[0] = 500;
        }),
        ("the trees read 41 columns, the rows have 29", |g| attribute(g, "nodes_featureids").ints[0] = 40),
        ("node 0 of tree 0 has the value NaN", |g| attribute(g, "nodes_values").floats[0] = f32::NAN),
        ("node 0 of tree 0 has mode `BRANCH_GTE`", |g| {
            attribute(g, "nodes_modes").strings[0] = b"BRANCH_GTE".to_vec();
        }),
        ("node 0 of tree 0 has mode `\u{fffd}`", |g| attribute(g, "nodes_modes").strings[0] = vec![0xff]),
        ("column `nodes_values` has 0 entries", |g| attribute(g, "nodes_values").floats.clear()),
        ("class id 1: only binary ensembles", |g| attribute(g, "class_ids").ints[0] = 1),
        ("only ensembles of two classes are supported", |g| {
            attribute(g, "classlabels_int64s").ints.push(2);
        }),
        ("post_transform `LOGISTIC` is not supported", |g| {
            attribute(g, "post_transform").s = b"LOGISTIC".to_vec();
        }),
        ("base_values are not supported", |g| {
            let mut base = attribute(g, "nodes_values").clone();
            base.name = "base_values".to_owned();
            trees(g).attribute.push(base);
        }),
        ("nodes_modes", |g| trees(g).attribute.retain(|attribute| attribute.name != "nodes_modes")),
        ("NoSuchOperator", |g| g.node[0].op_type = "NoSuchOperator".to_owned()),
        ("it has no output 1", |g| drop(g.output.pop())),
        ("cannot be run", |g| trees(g).input.clear()),
    ];
    for (expected, change) in cases {
        let sentence = refusal(change);
        assert!(sentence.starts_with("ensemble.onnx cannot be run: "), "{expected}: {sentence}");
        assert!(sentence.contains(expected), "{expected}: {sentence}");
        assert!(!sentence.contains('\n') && sentence.len() < 300, "{expected}: one sentence, not {sentence}");
    }
}

/// tract's sigmoid makes a number near 0 of NaN: nothing but the golden rows would notice.
#[test]
fn a_graph_that_computes_nan_is_refused_by_its_golden_rows() {
    for constant in ["weights", "intercept", "factors"] {
        let sentence = refusal(|graph| spoil(graph, constant));
        assert!(sentence.starts_with("ensemble.onnx computes "), "{constant}: {sentence}");
        assert!(sentence.contains(" for row 1 of golden.json, Python computed 0."), "{constant}: {sentence}");
    }
    let other = refusal(|graph| attribute(graph, "class_weights").floats.iter_mut().for_each(|weight| *weight += 0.01));
    assert!(other.starts_with("ensemble.onnx computes "), "{other}");
}
