//! Reading queries: the Delta tables and what has not reached them yet, as one.

use super::{Lake, LakeError, Waiting, has_until};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, TimeUnit};
use datafusion::datasource::MemTable;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{DataFrame, Expr, SessionConfig, SessionContext, cast, col, lit};
use datafusion::scalar::ScalarValue;
use futures::StreamExt;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use wf_model::Timestamp;
use wf_model::api::QueryResult;
use wf_model::schema::{TABLES, schema, whole};

/// Memory that one query may use.
const MEMORY_MAX: usize = 256 << 20;
/// Longest that one query may take.
pub(super) const TIME_MAX: Duration = Duration::from_secs(60);

/// A query's own mistake, without the engine's wrapping.
fn mistake(error: impl ToString) -> LakeError {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    let plain = ["Error during planning: ", "SQL error: ", "Schema error: ", "Invalid or Unsupported Configuration: "]
        .iter()
        .fold(first, |text, prefix| text.strip_prefix(prefix).unwrap_or(text));
    LakeError::Query(format!("the query cannot be run: {plain}"))
}

impl Lake {
    /// A session in which each table that `wants` names is a view over lake and pending rows.
    pub(super) async fn session(&self, wants: impl Fn(&str) -> bool, waiting: Waiting) -> Result<SessionContext, LakeError> {
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(GreedyMemoryPool::new(MEMORY_MAX)))
            .build_arc()
            .map_err(mistake)?;
        let config = SessionConfig::new().with_target_partitions(2).with_information_schema(true);
        let context = SessionContext::new_with_config_rt(config, runtime);
        for name in TABLES.iter().copied().filter(|name| wants(name)) {
            self.register(&context, name, &waiting).await?;
        }
        Ok(context)
    }

    /// A table's rows and those that wait, each row once: a table is read after what waits was listed, and says itself up
    /// to which sequence it has them.
    async fn register(&self, context: &SessionContext, name: &'static str, waiting: &Waiting) -> Result<(), LakeError> {
        let Some(shape) = schema(name) else { return Ok(()) };
        let stored = self.table(name).await?;
        let had = match &stored {
            Some(table) => has_until(table, &waiting.journal_id).await.map_err(|e| self.damaged(e))?,
            None => 0,
        };
        let lacking = waiting.batches.iter().filter(|(sequence, _)| *sequence > had).flat_map(|(_, parts)| parts);
        let rows: Vec<RecordBatch> = lacking
            .filter(|(table, _)| *table == name)
            .map(|(_, rows)| whole(rows))
            .collect::<Result<_, _>>()
            .map_err(mistake)?;
        let memory = MemTable::try_new(Arc::clone(&shape), vec![rows]).map_err(mistake)?;
        let pending = context.read_table(Arc::new(memory)).map_err(mistake)?;
        let whole: DataFrame = match stored {
            None => pending,
            Some(table) => {
                table.update_datafusion_session(&context.state()).map_err(|e| self.damaged(e))?;
                let provider = table.table_provider().await.map_err(|e| self.damaged(e))?;
                let stored = context.read_table(provider).map_err(mistake)?;
                // A table that an older version made lacks newer columns.
                let column = |field: &Arc<Field>| match stored.schema().field_with_unqualified_name(field.name()) {
                    Ok(_) => col(field.name()),
                    Err(_) => cast(lit(ScalarValue::Null), field.data_type().clone()).alias(field.name()),
                };
                let columns: Vec<Expr> = shape.fields().iter().map(column).collect();
                stored.select(columns).and_then(|frame| frame.union(pending)).map_err(mistake)?
            }
        };
        context.register_table(name, whole.into_view()).map_err(mistake)?;
        Ok(())
    }

    /// Runs one reading query over the lake and the rows that have not reached it yet.
    pub async fn query(&self, sql: &str, waiting: Waiting, limit: usize) -> Result<QueryResult, LakeError> {
        let lower = sql.to_lowercase();
        let context = self.session(|name| lower.contains(name), waiting).await?;
        let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        let plan = context.state().create_logical_plan(sql).await.map_err(mistake)?;
        options
            .verify_plan(&plan)
            .map_err(|_| LakeError::Query("only queries that read are allowed: SELECT, WITH, EXPLAIN, SHOW".into()))?;
        let frame = context.execute_logical_plan(plan).await.map_err(mistake)?;
        let columns = frame.schema().fields().iter().map(|f| f.name().clone()).collect();
        let mut result = QueryResult { columns, rows: Vec::new(), truncated: false };
        let run = async {
            let mut stream = frame.execute_stream().await.map_err(mistake)?;
            while let Some(batch) = stream.next().await {
                let batch = batch.map_err(mistake)?;
                for at in 0..batch.num_rows() {
                    if result.rows.len() >= limit {
                        result.truncated = true;
                        return Ok(());
                    }
                    result.rows.push(batch.columns().iter().map(|column| value(column.as_ref(), at)).collect());
                }
            }
            Ok(())
        };
        match tokio::time::timeout(TIME_MAX, run).await {
            Ok(done) => done.map(|()| result),
            Err(_) => Err(LakeError::Query(format!(
                "the query took longer than {} seconds: ask for less, or narrow it with WHERE day = …",
                TIME_MAX.as_secs()
            ))),
        }
    }
}

/// A cell as JSON.
pub(super) fn value(column: &dyn Array, at: usize) -> Value {
    if column.is_null(at) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => json!(column.as_string::<i32>().value(at)),
        DataType::Utf8View => json!(column.as_string_view().value(at)),
        DataType::LargeUtf8 => json!(column.as_string::<i64>().value(at)),
        DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(at)),
        DataType::Int32 => json!(column.as_primitive::<Int32Type>().value(at)),
        DataType::UInt64 => json!(column.as_primitive::<UInt64Type>().value(at)),
        DataType::Float64 => json!(column.as_primitive::<Float64Type>().value(at)),
        DataType::Boolean => json!(column.as_boolean().value(at)),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            json!(Timestamp(column.as_primitive::<TimestampMicrosecondType>().value(at)).to_string())
        }
        _ => json!(deltalake_core::arrow::util::display::array_value_to_string(column, at).unwrap_or_default()),
    }
}
