using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.V1;
using Action = GrpcCreds.V1.Action;
using Mode = GrpcCreds.Server.Tenants.Model.Mode;
using Slot = GrpcCreds.Server.Tenants.Model.Slot;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>A mode in the status: what its credentials show, and what an administrator can do with them.</summary>
internal abstract class ModeView
{
    public abstract Mode Mode { get; }

    /// <summary>The beginning of an advice about its candidate, as in "The OAuth candidate".</summary>
    public abstract string Candidate { get; }

    /// <summary>How a candidate whose test failed is corrected; empty if the advice says it.</summary>
    public virtual string HowToCorrect => "";

    /// <summary>What a candidate that was not tested yet needs before its test can pass; empty if nothing.</summary>
    public virtual string WhatCandidateNeeds(TenantRecord record) => "";

    /// <summary>The actions that this mode has besides those of all modes.</summary>
    public virtual IEnumerable<Action> OwnActions(TenantRecord record) => [];

    /// <summary>Whether the status shows the mode.</summary>
    public virtual bool IsShown(TenantRecord record) => record[Mode, Slot.Current] is not null || record[Mode, Slot.Candidate] is not null;

    /// <summary>Shows the fields of a credential that are this mode's own.</summary>
    public abstract void Show(Credential credential, SavedCredential saved);

    public virtual SetupStatus? LastSetup(TenantRecord record) => null;

    public virtual IEnumerable<Warning> Warnings(TenantRecord record, DateTimeOffset now) => [];
}
