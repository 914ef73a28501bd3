//! Model folders small enough to be written by a test: `sigmoid(w · price + b)`, with papers that agree.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use engine_core::features::{FEATURE_NAMES, FEATURES_VERSION};
use serde_json::{Value, json};

/// A model of one learner that looks at the price alone.
#[derive(Debug, Clone)]
pub(crate) struct TinyModel {
    pub(crate) version: &'static str,
    /// 0 forecasts the price where it is near one half; above 0 more, below 0 less.
    pub(crate) bias: f32,
    /// Last moment it was trained on.
    pub(crate) trained_to: DateTime<Utc>,
    /// Gives no number for prices below one half, where no golden row lies.
    pub(crate) breaks_below_half: bool,
}

/// At one half the logit's slope is that of the price itself.
const SLOPE: f32 = 4.0;

impl TinyModel {
    pub(crate) fn new(version: &'static str, bias: f32, trained_to: &str) -> Self {
        Self { version, bias, trained_to: trained_to.parse().unwrap(), breaks_below_half: false }
    }

    /// Writes the three files into a folder of its own.
    pub(crate) fn write(&self, parent: &Path, name: &str) -> PathBuf {
        let folder = parent.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        self.write_into(&folder);
        folder
    }

    pub(crate) fn write_into(&self, folder: &Path) {
        let graph = self.graph();
        let json = |file: &str, value: Value| std::fs::write(folder.join(file), value.to_string()).unwrap();
        json("manifest.json", self.manifest(&graph));
        json("golden.json", self.golden());
        std::fs::write(folder.join("ensemble.onnx"), graph).unwrap();
    }

    fn manifest(&self, graph: &[u8]) -> Value {
        json!({
            "version": self.version,
            "created_at": self.trained_to,
            "features_version": FEATURES_VERSION,
            "features": FEATURE_NAMES,
            "learners": ["linear"],
            "sha256": sha256(graph),
            "training": {"from": "2026-01-01T00:00:00Z", "to": self.trained_to, "rows": 1, "events": 1},
        })
    }

    fn golden(&self) -> Value {
        let row = |price: f32| {
            let mut features = vec![0.0_f32; FEATURE_NAMES.len()];
            features[0] = price;
            let p = self.forecast(price);
            json!({"features": features, "learners": {"linear": p}, "final": p})
        };
        json!({ "rows": [row(0.5), row(0.6), row(0.9)] })
    }

    fn forecast(&self, price: f32) -> f32 {
        1.0 / (1.0 + (-(SLOPE * (price - 0.5) + self.bias)).exp())
    }

    /// The graph as ONNX, written byte by byte.
    fn graph(&self) -> Vec<u8> {
        let mut weights = vec![0.0_f32; FEATURE_NAMES.len()];
        weights[0] = SLOPE;
        let size = FEATURE_NAMES.len() as u64;
        let mut nodes = vec![
            node("MatMul", &["x", "w"], "sloped"),
            node("Add", &["sloped", "c"], "centred"),
            node("Add", &["centred", "b"], "logit"),
            node("Sigmoid", &["logit"], "p"),
        ];
        // A square root of what is below zero is no number, however little of it is added.
        let broken = [node("Sqrt", &["centred"], "root"), node("Mul", &["root", "little"], "none")];
        nodes.extend(if self.breaks_below_half { broken.to_vec() } else { Vec::new() });
        let added = if self.breaks_below_half { "none" } else { "zero" };
        nodes.extend([node("Add", &["p", added], "final"), node("Identity", &["final"], "learners")]);
        let mut graph: Vec<u8> = nodes.iter().flat_map(|node| message(1, node)).collect();
        graph.extend(message(2, b"tiny"));
        graph.extend(message(5, &tensor("w", &[size, 1], &weights)));
        graph.extend(message(5, &tensor("c", &[1], &[-0.5 * SLOPE])));
        graph.extend(message(5, &tensor("b", &[1], &[self.bias])));
        // A logit that is no number does not make a probability that is none: the runtime's sigmoid hides it.
        graph.extend(message(5, &tensor("zero", &[1], &[if self.bias.is_nan() { f32::NAN } else { 0.0 }])));
        graph.extend(message(5, &tensor("little", &[1], &[1e-9])));
        graph.extend(message(11, &value("x", size)));
        graph.extend(message(12, &value("final", 1)));
        graph.extend(message(12, &value("learners", 1)));
        let mut model = number(1, 8);
        model.extend(message(8, &[message(1, b""), number(2, 13)].concat()));
        model.extend(message(7, &graph));
        model
    }
}

/// Changes a JSON file of a model folder.
pub(crate) fn edit(folder: &Path, file: &str, change: impl FnOnce(&mut Value)) {
    let path = folder.join(file);
    let mut json: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut json);
    std::fs::write(path, json.to_string()).unwrap();
}

/// Another graph with its own hash, as someone would who swaps the file on purpose.
pub(crate) fn replace_graph(folder: &Path, graph: &[u8]) {
    std::fs::write(folder.join("ensemble.onnx"), graph).unwrap();
    edit(folder, "manifest.json", |manifest| manifest["sha256"] = sha256(graph).into());
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn node(operator: &str, inputs: &[&str], output: &str) -> Vec<u8> {
    let inputs = inputs.iter().flat_map(|input| message(1, input.as_bytes()));
    inputs.chain(message(2, output.as_bytes())).chain(message(4, operator.as_bytes())).collect()
}

fn tensor(name: &str, dimensions: &[u64], values: &[f32]) -> Vec<u8> {
    const FLOAT: u64 = 1;
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let dimensions = dimensions.iter().flat_map(|size| number(1, *size));
    let rest = [number(2, FLOAT), message(8, name.as_bytes()), message(9, &raw)].concat();
    dimensions.chain(rest).collect()
}

/// An input or output of any number of rows.
fn value(name: &str, columns: u64) -> Vec<u8> {
    let rows = message(1, &message(2, b"N"));
    let shape = [rows, message(1, &number(1, columns))].concat();
    let kind = message(1, &[number(1, 1), message(2, &shape)].concat());
    [message(1, name.as_bytes()), message(2, &kind)].concat()
}

// Protocol buffers: a field is its number and kind, then a number or a length and so many bytes.

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn message(field: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
