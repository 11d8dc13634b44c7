//! Commits rows to a table.

use super::{Lake, LakeError, application, has_until};
use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, DataType, Schema};
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake_core::kernel::{Action, StructField, Transaction};
use deltalake_core::parquet::basic::{Compression, Encoding, ZstdLevel};
use deltalake_core::parquet::file::properties::{EnabledStatistics, WriterProperties};
use deltalake_core::parquet::schema::types::ColumnPath;
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::writer::{DeltaWriter, RecordBatchWriter, WriteMode};
use deltalake_core::{DeltaTable, DeltaTableError};
use std::collections::BTreeSet;
use wf_model::schema::{PARTITIONS, common, schema, whole};

/// Days that are written at a time.
const OPEN_MAX: usize = 16;
/// Bytes of a page before it is compressed: each column of numbers that is being written takes as much room.
const PAGE: usize = 256 << 10;
/// Rows in one Parquet row group.
const ROW_GROUP: usize = 128 * 1024;

impl Lake {
    /// Commits rows of a table, each batch of one day, and with them the last sequence. Those it has already are left out.
    pub(super) async fn append_to(
        &self,
        name: &'static str,
        parts: Vec<(u64, RecordBatch)>,
        journal_id: &str,
    ) -> Result<(), LakeError> {
        let fail = |e: DeltaTableError| LakeError::Write { table: name.to_owned(), why: e.to_string() };
        let existing = self.table(name).await?;
        let had = match &existing {
            Some(table) => has_until(table, journal_id).await.map_err(fail)?,
            None => 0,
        };
        let mut fresh: Vec<(u64, RecordBatch)> = parts.into_iter().filter(|(sequence, _)| *sequence > had).collect();
        let Some((last, rows)) = fresh.iter().max_by_key(|(sequence, _)| *sequence) else { return Ok(()) };
        let (last, shape) = (*last, whole(&rows.slice(0, 0)).map_err(|e| fail(e.into()))?.schema());
        fresh.sort_by_cached_key(|(_, rows)| common(rows, "day").to_owned());
        let table = match existing {
            Some(table) => table,
            None => {
                let place = self.dir.join(name);
                std::fs::create_dir_all(&place).map_err(|e| LakeError::Write { table: name.to_owned(), why: e.to_string() })?;
                DeltaTable::try_from_url(self.uri(&place)?).await.map_err(fail)?
            }
        };
        let mut table = with_columns(table, &shape).await.map_err(fail)?;
        let version = i64::try_from(last).unwrap_or(i64::MAX);
        let commit = CommitProperties::default().with_application_transaction(Transaction::new(application(journal_id), version));
        let writer = RecordBatchWriter::for_table(&table).map_err(fail)?;
        let mut writer = writer.with_writer_properties(properties(name));
        let (mut adds, mut open) = (Vec::new(), BTreeSet::new());
        for (_, rows) in fresh {
            // Each day that is being written takes its room, however few rows it has.
            if open.len() >= OPEN_MAX && !open.contains(common(&rows, "day")) {
                adds.extend(writer.flush().await.map_err(fail)?.into_iter().map(Action::Add));
                open.clear();
            }
            open.insert(common(&rows, "day").to_owned());
            let partition =
                PARTITIONS.iter().map(|column| ((*column).to_owned(), common(&rows, column).to_owned().into())).collect();
            let rows = whole(&rows).map_err(|e| fail(e.into()))?;
            writer.write_partition(rows, &partition, WriteMode::MergeSchema).await.map_err(fail)?;
        }
        adds.extend(writer.flush().await.map_err(fail)?.into_iter().map(Action::Add));
        let partition_by = Some(PARTITIONS.iter().map(|column| (*column).to_owned()).collect());
        let append = DeltaOperation::Write { mode: SaveMode::Append, partition_by, predicate: None };
        let committed = CommitBuilder::from(commit).with_actions(adds);
        let committed = committed.build(Some(table.snapshot().map_err(fail)?), table.log_store(), append).await.map_err(fail)?;
        table.state = Some(committed.snapshot());
        self.tables.lock().await.insert(name, table);
        Ok(())
    }
}

/// The table with these columns: it is made if it is not there, and one of an older version gets what it lacks.
async fn with_columns(table: DeltaTable, shape: &Schema) -> Result<DeltaTable, DeltaTableError> {
    let fields = shape.fields().iter().map(|field| field.as_ref().try_into_kernel());
    let mut fields: Vec<StructField> = fields.collect::<Result<_, ArrowError>>()?;
    if table.version().is_none() {
        return table.create().with_columns(fields).with_partition_columns(PARTITIONS.iter().copied()).await;
    }
    let has = table.snapshot()?.schema();
    fields.retain(|field| !has.contains(field.name()));
    if fields.is_empty() { Ok(table) } else { table.add_columns().with_fields(fields).await }
}

/// How a table is written: numbers, most of which grow from row to row, as differences; texts, which repeat, by
/// dictionary. Least and greatest values are noted where queries leave rows out by them.
pub(super) fn properties(table: &str) -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    let mut to = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_data_page_size_limit(PAGE)
        .set_statistics_enabled(EnabledStatistics::None);
    for field in schema(table).iter().flat_map(|shape| shape.fields()) {
        let column = ColumnPath::from(field.name().as_str());
        to = match field.data_type() {
            DataType::Timestamp(..) | DataType::Int64 => to
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column.clone(), Encoding::DELTA_BINARY_PACKED)
                .set_column_statistics_enabled(column, EnabledStatistics::Page),
            DataType::Float64 => to.set_column_dictionary_enabled(column, false),
            _ => to,
        };
    }
    to.build()
}
