//! Status codes (OPC 10000-4, 7.39; numbers as in OPC 10000-6, annex A.2): severity in the two highest bits, code in the
//! high word, flags of the value in the low word.

/// What the names of outcomes begin with.
const ERROR: &str = "error: ";

/// Name of a code.
pub fn name(code: u32) -> &'static str {
    find(code).and_then(|text| text.strip_prefix(ERROR)).unwrap_or(match code >> 30 {
        0 if code >> 16 == 0 => "Good",
        0 => "Good (vendor's code)",
        1 => "Uncertain (vendor's code)",
        _ => "Bad (vendor's code)",
    })
}

/// Whether the severity is bad: there is no value, or nothing was done.
pub const fn is_bad(code: u32) -> bool {
    code >> 31 == 1
}

/// Outcome of an operation with that code.
pub fn outcome(code: u32) -> &'static str {
    if is_bad(code) { find(code).unwrap_or("error: Bad (vendor's code)") } else { "ok" }
}

/// Quality of a value with that code.
pub fn quality(code: u32) -> &'static str {
    if code >> 16 == 0 { "good" } else { name(code) }
}

fn find(code: u32) -> Option<&'static str> {
    let high = (code >> 16) as u16;
    let at = CODES.binary_search_by_key(&high, |entry| entry.0).ok()?;
    CODES.get(at).map(|entry| entry.1)
}

/// High word and outcome, ascending.
#[rustfmt::skip]
static CODES: &[(u16, &str)] = &[
    (0x002d, "error: GoodSubscriptionTransferred"), (0x002e, "error: GoodCompletesAsynchronously"),
    (0x002f, "error: GoodOverload"), (0x0030, "error: GoodClamped"), (0x0096, "error: GoodLocalOverride"),
    (0x00a2, "error: GoodEntryInserted"), (0x00a3, "error: GoodEntryReplaced"), (0x00a5, "error: GoodNoData"),
    (0x00a6, "error: GoodMoreData"), (0x00a7, "error: GoodCommunicationEvent"), (0x00a8, "error: GoodShutdownEvent"),
    (0x00a9, "error: GoodCallAgain"), (0x00aa, "error: GoodNonCriticalTimeout"), (0x00ba, "error: GoodResultsMayBeIncomplete"),
    (0x00d9, "error: GoodDataIgnored"), (0x00dc, "error: GoodEdited"), (0x00dd, "error: GoodPostActionFailed"),
    (0x00df, "error: GoodRetransmissionQueueNotSupported"), (0x00e0, "error: GoodDependentValueChanged"),
    (0x00eb, "error: GoodSubNormal"), (0x00ef, "error: GoodPasswordChangeRequired"),
    (0x0116, "error: GoodEdited_DependentValueChanged"), (0x0117, "error: GoodEdited_DominantValueChanged"),
    (0x0118, "error: GoodEdited_DominantValueChanged_DependentValueChanged"),
    (0x0401, "error: GoodCascadeInitializationAcknowledged"), (0x0402, "error: GoodCascadeInitializationRequest"),
    (0x0403, "error: GoodCascadeNotInvited"), (0x0404, "error: GoodCascadeNotSelected"),
    (0x0407, "error: GoodFaultStateActive"), (0x0408, "error: GoodInitiateFaultState"), (0x0409, "error: GoodCascade"),
    (0x4000, "error: Uncertain"), (0x406c, "error: UncertainReferenceOutOfServer"),
    (0x408f, "error: UncertainNoCommunicationLastUsableValue"), (0x4090, "error: UncertainLastUsableValue"),
    (0x4091, "error: UncertainSubstituteValue"), (0x4092, "error: UncertainInitialValue"),
    (0x4093, "error: UncertainSensorNotAccurate"), (0x4094, "error: UncertainEngineeringUnitsExceeded"),
    (0x4095, "error: UncertainSubNormal"), (0x40a4, "error: UncertainDataSubNormal"),
    (0x40bc, "error: UncertainReferenceNotDeleted"), (0x40c0, "error: UncertainNotAllNodesAvailable"),
    (0x40de, "error: UncertainDominantValueChanged"), (0x40e2, "error: UncertainDependentValueChanged"),
    (0x40f2, "error: UncertainOverRange"), (0x40f3, "error: UncertainUnderRange"),
    (0x4208, "error: UncertainTransducerInManual"), (0x4209, "error: UncertainSimulatedValue"),
    (0x420a, "error: UncertainSensorCalibration"), (0x420f, "error: UncertainConfigurationError"), (0x8000, "error: Bad"),
    (0x8001, "error: BadUnexpectedError"), (0x8002, "error: BadInternalError"), (0x8003, "error: BadOutOfMemory"),
    (0x8004, "error: BadResourceUnavailable"), (0x8005, "error: BadCommunicationError"), (0x8006, "error: BadEncodingError"),
    (0x8007, "error: BadDecodingError"), (0x8008, "error: BadEncodingLimitsExceeded"), (0x8009, "error: BadUnknownResponse"),
    (0x800a, "error: BadTimeout"), (0x800b, "error: BadServiceUnsupported"), (0x800c, "error: BadShutdown"),
    (0x800d, "error: BadServerNotConnected"), (0x800e, "error: BadServerHalted"), (0x800f, "error: BadNothingToDo"),
    (0x8010, "error: BadTooManyOperations"), (0x8011, "error: BadDataTypeIdUnknown"), (0x8012, "error: BadCertificateInvalid"),
    (0x8013, "error: BadSecurityChecksFailed"), (0x8014, "error: BadCertificateTimeInvalid"),
    (0x8015, "error: BadCertificateIssuerTimeInvalid"), (0x8016, "error: BadCertificateHostNameInvalid"),
    (0x8017, "error: BadCertificateUriInvalid"), (0x8018, "error: BadCertificateUseNotAllowed"),
    (0x8019, "error: BadCertificateIssuerUseNotAllowed"), (0x801a, "error: BadCertificateUntrusted"),
    (0x801b, "error: BadCertificateRevocationUnknown"), (0x801c, "error: BadCertificateIssuerRevocationUnknown"),
    (0x801d, "error: BadCertificateRevoked"), (0x801e, "error: BadCertificateIssuerRevoked"),
    (0x801f, "error: BadUserAccessDenied"), (0x8020, "error: BadIdentityTokenInvalid"),
    (0x8021, "error: BadIdentityTokenRejected"), (0x8022, "error: BadSecureChannelIdInvalid"),
    (0x8023, "error: BadInvalidTimestamp"), (0x8024, "error: BadNonceInvalid"), (0x8025, "error: BadSessionIdInvalid"),
    (0x8026, "error: BadSessionClosed"), (0x8027, "error: BadSessionNotActivated"), (0x8028, "error: BadSubscriptionIdInvalid"),
    (0x802a, "error: BadRequestHeaderInvalid"), (0x802b, "error: BadTimestampsToReturnInvalid"),
    (0x802c, "error: BadRequestCancelledByClient"), (0x8031, "error: BadNoCommunication"),
    (0x8032, "error: BadWaitingForInitialData"), (0x8033, "error: BadNodeIdInvalid"), (0x8034, "error: BadNodeIdUnknown"),
    (0x8035, "error: BadAttributeIdInvalid"), (0x8036, "error: BadIndexRangeInvalid"), (0x8037, "error: BadIndexRangeNoData"),
    (0x8038, "error: BadDataEncodingInvalid"), (0x8039, "error: BadDataEncodingUnsupported"), (0x803a, "error: BadNotReadable"),
    (0x803b, "error: BadNotWritable"), (0x803c, "error: BadOutOfRange"), (0x803d, "error: BadNotSupported"),
    (0x803e, "error: BadNotFound"), (0x803f, "error: BadObjectDeleted"), (0x8040, "error: BadNotImplemented"),
    (0x8041, "error: BadMonitoringModeInvalid"), (0x8042, "error: BadMonitoredItemIdInvalid"),
    (0x8043, "error: BadMonitoredItemFilterInvalid"), (0x8044, "error: BadMonitoredItemFilterUnsupported"),
    (0x8045, "error: BadFilterNotAllowed"), (0x8046, "error: BadStructureMissing"), (0x8047, "error: BadEventFilterInvalid"),
    (0x8048, "error: BadContentFilterInvalid"), (0x8049, "error: BadFilterOperandInvalid"),
    (0x804a, "error: BadContinuationPointInvalid"), (0x804b, "error: BadNoContinuationPoints"),
    (0x804c, "error: BadReferenceTypeIdInvalid"), (0x804d, "error: BadBrowseDirectionInvalid"),
    (0x804e, "error: BadNodeNotInView"), (0x804f, "error: BadServerUriInvalid"), (0x8050, "error: BadServerNameMissing"),
    (0x8051, "error: BadDiscoveryUrlMissing"), (0x8052, "error: BadSemaphoreFileMissing"),
    (0x8053, "error: BadRequestTypeInvalid"), (0x8054, "error: BadSecurityModeRejected"),
    (0x8055, "error: BadSecurityPolicyRejected"), (0x8056, "error: BadTooManySessions"),
    (0x8057, "error: BadUserSignatureInvalid"), (0x8058, "error: BadApplicationSignatureInvalid"),
    (0x8059, "error: BadNoValidCertificates"), (0x805a, "error: BadRequestCancelledByRequest"),
    (0x805b, "error: BadParentNodeIdInvalid"), (0x805c, "error: BadReferenceNotAllowed"), (0x805d, "error: BadNodeIdRejected"),
    (0x805e, "error: BadNodeIdExists"), (0x805f, "error: BadNodeClassInvalid"), (0x8060, "error: BadBrowseNameInvalid"),
    (0x8061, "error: BadBrowseNameDuplicated"), (0x8062, "error: BadNodeAttributesInvalid"),
    (0x8063, "error: BadTypeDefinitionInvalid"), (0x8064, "error: BadSourceNodeIdInvalid"),
    (0x8065, "error: BadTargetNodeIdInvalid"), (0x8066, "error: BadDuplicateReferenceNotAllowed"),
    (0x8067, "error: BadInvalidSelfReference"), (0x8068, "error: BadReferenceLocalOnly"), (0x8069, "error: BadNoDeleteRights"),
    (0x806a, "error: BadServerIndexInvalid"), (0x806b, "error: BadViewIdUnknown"), (0x806d, "error: BadTooManyMatches"),
    (0x806e, "error: BadQueryTooComplex"), (0x806f, "error: BadNoMatch"), (0x8070, "error: BadMaxAgeInvalid"),
    (0x8071, "error: BadHistoryOperationInvalid"), (0x8072, "error: BadHistoryOperationUnsupported"),
    (0x8073, "error: BadWriteNotSupported"), (0x8074, "error: BadTypeMismatch"), (0x8075, "error: BadMethodInvalid"),
    (0x8076, "error: BadArgumentsMissing"), (0x8077, "error: BadTooManySubscriptions"),
    (0x8078, "error: BadTooManyPublishRequests"), (0x8079, "error: BadNoSubscription"),
    (0x807a, "error: BadSequenceNumberUnknown"), (0x807b, "error: BadMessageNotAvailable"),
    (0x807c, "error: BadInsufficientClientProfile"), (0x807d, "error: BadTcpServerTooBusy"),
    (0x807e, "error: BadTcpMessageTypeInvalid"), (0x807f, "error: BadTcpSecureChannelUnknown"),
    (0x8080, "error: BadTcpMessageTooLarge"), (0x8081, "error: BadTcpNotEnoughResources"),
    (0x8082, "error: BadTcpInternalError"), (0x8083, "error: BadTcpEndpointUrlInvalid"),
    (0x8084, "error: BadRequestInterrupted"), (0x8085, "error: BadRequestTimeout"), (0x8086, "error: BadSecureChannelClosed"),
    (0x8087, "error: BadSecureChannelTokenUnknown"), (0x8088, "error: BadSequenceNumberInvalid"),
    (0x8089, "error: BadConfigurationError"), (0x808a, "error: BadNotConnected"), (0x808b, "error: BadDeviceFailure"),
    (0x808c, "error: BadSensorFailure"), (0x808d, "error: BadOutOfService"), (0x808e, "error: BadDeadbandFilterInvalid"),
    (0x8097, "error: BadRefreshInProgress"), (0x8098, "error: BadConditionAlreadyDisabled"),
    (0x8099, "error: BadConditionDisabled"), (0x809a, "error: BadEventIdUnknown"), (0x809b, "error: BadNoData"),
    (0x809d, "error: BadDataLost"), (0x809e, "error: BadDataUnavailable"), (0x809f, "error: BadEntryExists"),
    (0x80a0, "error: BadNoEntryExists"), (0x80a1, "error: BadTimestampNotSupported"), (0x80ab, "error: BadInvalidArgument"),
    (0x80ac, "error: BadConnectionRejected"), (0x80ad, "error: BadDisconnect"), (0x80ae, "error: BadConnectionClosed"),
    (0x80af, "error: BadInvalidState"), (0x80b0, "error: BadEndOfStream"), (0x80b1, "error: BadNoDataAvailable"),
    (0x80b2, "error: BadWaitingForResponse"), (0x80b3, "error: BadOperationAbandoned"),
    (0x80b4, "error: BadExpectedStreamToBlock"), (0x80b5, "error: BadWouldBlock"), (0x80b6, "error: BadSyntaxError"),
    (0x80b7, "error: BadMaxConnectionsReached"), (0x80b8, "error: BadRequestTooLarge"), (0x80b9, "error: BadResponseTooLarge"),
    (0x80bb, "error: BadEventNotAcknowledgeable"), (0x80bd, "error: BadInvalidTimestampArgument"),
    (0x80be, "error: BadProtocolVersionUnsupported"), (0x80bf, "error: BadStateNotActive"),
    (0x80c1, "error: BadFilterOperatorInvalid"), (0x80c2, "error: BadFilterOperatorUnsupported"),
    (0x80c3, "error: BadFilterOperandCountMismatch"), (0x80c4, "error: BadFilterElementInvalid"),
    (0x80c5, "error: BadFilterLiteralInvalid"), (0x80c6, "error: BadIdentityChangeNotSupported"),
    (0x80c8, "error: BadNotTypeDefinition"), (0x80c9, "error: BadViewTimestampInvalid"),
    (0x80ca, "error: BadViewParameterMismatch"), (0x80cb, "error: BadViewVersionInvalid"),
    (0x80cc, "error: BadConditionAlreadyEnabled"), (0x80cd, "error: BadDialogNotActive"),
    (0x80ce, "error: BadDialogResponseInvalid"), (0x80cf, "error: BadConditionBranchAlreadyAcked"),
    (0x80d0, "error: BadConditionBranchAlreadyConfirmed"), (0x80d1, "error: BadConditionAlreadyShelved"),
    (0x80d2, "error: BadConditionNotShelved"), (0x80d3, "error: BadShelvingTimeOutOfRange"),
    (0x80d4, "error: BadAggregateListMismatch"), (0x80d5, "error: BadAggregateNotSupported"),
    (0x80d6, "error: BadAggregateInvalidInputs"), (0x80d7, "error: BadBoundNotFound"), (0x80d8, "error: BadBoundNotSupported"),
    (0x80da, "error: BadAggregateConfigurationRejected"), (0x80db, "error: BadTooManyMonitoredItems"),
    (0x80e1, "error: BadDominantValueChanged"), (0x80e3, "error: BadDependentValueChanged"),
    (0x80e4, "error: BadRequestNotAllowed"), (0x80e5, "error: BadTooManyArguments"),
    (0x80e6, "error: BadSecurityModeInsufficient"), (0x80e7, "error: BadDataSetIdInvalid"),
    (0x80e8, "error: BadTransactionPending"), (0x80e9, "error: BadLocked"), (0x80ea, "error: BadIndexRangeDataMismatch"),
    (0x80ec, "error: BadRequiresLock"), (0x80ed, "error: BadLocaleNotSupported"), (0x80ee, "error: BadServerTooBusy"),
    (0x80f0, "error: BadNoValue"), (0x80f1, "error: BadTransactionFailed"), (0x810d, "error: BadCertificateChainIncomplete"),
    (0x810e, "error: BadLicenseExpired"), (0x810f, "error: BadLicenseLimitsExceeded"),
    (0x8110, "error: BadLicenseNotAvailable"), (0x8111, "error: BadNotExecutable"), (0x8112, "error: BadNumericOverflow"),
    (0x8113, "error: BadRequestNotComplete"), (0x8114, "error: BadCertificatePolicyCheckFailed"),
    (0x8115, "error: BadAlreadyExists"), (0x8119, "error: BadEdited_OutOfRange"), (0x811a, "error: BadInitialValue_OutOfRange"),
    (0x811b, "error: BadOutOfRange_DominantValueChanged"), (0x811c, "error: BadEdited_OutOfRange_DominantValueChanged"),
    (0x811d, "error: BadOutOfRange_DominantValueChanged_DependentValueChanged"),
    (0x811e, "error: BadEdited_OutOfRange_DominantValueChanged_DependentValueChanged"), (0x811f, "error: BadTicketRequired"),
    (0x8120, "error: BadTicketInvalid"),
];
