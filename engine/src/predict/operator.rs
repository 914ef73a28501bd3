//! Our `TreeEnsembleClassifier` for tract, in place of the stock one.

use std::sync::Arc;

use tract_onnx::model::ParsingContext;
use tract_onnx::pb::NodeProto;
use tract_onnx::tract_core::{args_1, as_op, op_as_typed_op, op_out_of_plan};
use tract_onnx::tract_hir::internal::*;

use super::trees::{Mode, NodeTable, Trees};

/// Registers the operator in a tract front end.
pub(super) fn register(onnx: &mut tract_onnx::Onnx) {
    onnx.op_register.insert("TreeEnsembleClassifier", build);
}

fn build(_: &ParsingContext, node: &NodeProto) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    let trees = Trees::build(&read_table(node)?)?;
    if node.get_attr_opt_slice::<f32>("base_values")?.is_some_and(|values| !values.is_empty()) {
        bail!("base_values are not supported: add the constant in the graph");
    }
    match node.get_attr_opt::<&str>("post_transform")? {
        None | Some("NONE") => {}
        Some(other) => bail!("post_transform `{other}` is not supported: apply it in the graph"),
    }
    if node.get_attr_slice::<i64>("classlabels_int64s")?.len() != 2 {
        bail!("only ensembles of two classes are supported");
    }
    Ok((expand(TreeClassifier { trees: Arc::new(trees) }), vec![]))
}

fn read_table(node: &NodeProto) -> TractResult<NodeTable> {
    let ints = |name: &str| node.get_attr_slice::<i64>(name).map(<[i64]>::to_vec);
    let mode = |bytes: &Vec<u8>| Mode::from(&*String::from_utf8_lossy(bytes));
    Ok(NodeTable {
        tree_ids: ints("nodes_treeids")?,
        node_ids: ints("nodes_nodeids")?,
        feature_ids: ints("nodes_featureids")?,
        modes: node.get_attr_slice::<Vec<u8>>("nodes_modes")?.iter().map(mode).collect(),
        values: node.get_attr_slice::<f32>("nodes_values")?.to_vec(),
        true_ids: ints("nodes_truenodeids")?,
        false_ids: ints("nodes_falsenodeids")?,
        nan_true: node
            .get_attr_opt_slice::<i64>("nodes_missing_value_tracks_true")?
            .unwrap_or_default()
            .iter()
            .map(|&flag| flag != 0)
            .collect(),
        leaf_tree_ids: ints("class_treeids")?,
        leaf_node_ids: ints("class_nodeids")?,
        leaf_class_ids: ints("class_ids")?,
        leaf_weights: node.get_attr_slice::<f32>("class_weights")?.to_vec(),
    })
}

/// The operator: labels `[N]` and scores `[N, 2]`, of which column 1 is the sum of leaf weights. Labels and column 0 are
/// there for the shape; runtimes do not agree on them for a single score, so a graph should not read them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct TreeClassifier {
    trees: Arc<Trees>,
}

impl Expansion for TreeClassifier {
    fn name(&self) -> StaticName {
        "OddsmithTreeEnsemble".into()
    }

    fn nboutputs(&self) -> TractResult<usize> {
        Ok(2)
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 1)?;
        check_output_arity(outputs, 2)?;
        solver.equals(&inputs[0].rank, 2)?;
        solver.equals(&outputs[0].datum_type, DatumType::I64)?;
        solver.equals(&outputs[0].rank, 1)?;
        solver.equals(&outputs[0].shape[0], &inputs[0].shape[0])?;
        solver.equals(&outputs[1].datum_type, DatumType::F32)?;
        solver.equals(&outputs[1].rank, 2)?;
        solver.equals(&outputs[1].shape[0], &inputs[0].shape[0])?;
        solver.equals(&outputs[1].shape[1], 2.to_dim())?;
        Ok(())
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        model.wire_node(format!("{prefix}.trees"), self.clone(), inputs)
    }
}

impl Op for TreeClassifier {
    fn name(&self) -> StaticName {
        "OddsmithTreeEnsemble".into()
    }

    op_as_typed_op!();
}

impl EvalOp for TreeClassifier {
    op_out_of_plan!();

    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let input = args_1!(inputs);
        let input = input.cast_to::<f32>()?;
        let &[count, columns] = input.shape() else { bail!("expected a matrix, got {:?}", input.shape()) };
        let view = input.try_as_plain_ram()?;
        let scores = self.trees.scores(view.as_slice::<f32>()?, columns)?;
        let labels: Vec<i64> = scores.iter().map(|&score| i64::from(score > 0.0)).collect();
        let pairs: Vec<f32> = scores.iter().flat_map(|&score| [1.0 - score, score]).collect();
        Ok(tvec!(
            Tensor::from_shape(&[count], &labels)?.into_tvalue(),
            Tensor::from_shape(&[count, 2], &pairs)?.into_tvalue()
        ))
    }
}

impl TypedOp for TreeClassifier {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [rows, columns] = &*inputs[0].shape else { bail!("expected a matrix, got {:?}", inputs[0].shape) };
        if let Ok(columns) = columns.to_usize() {
            self.trees.check_columns(columns)?;
        }
        Ok(tvec!(i64::fact(std::slice::from_ref(rows)), f32::fact([rows.clone(), 2.to_dim()])))
    }

    as_op!();
}
