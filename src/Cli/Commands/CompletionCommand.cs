using System.CommandLine;
using GrpcCreds.Cli.Output;

namespace GrpcCreds.Cli.Commands;

/// <summary>Prints the script that makes a shell complete commands, options and tenants.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _grpccreds() {
            local IFS=$'\n'
            COMPREPLY=($(grpccreds "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
            local word=${COMP_WORDS[COMP_CWORD]}
            COMPREPLY=($(compgen -W "${COMPREPLY[*]}" -- "$word"))
        }
        complete -F _grpccreds grpccreds
        """;

    private const string Zsh = """
        #compdef grpccreds
        _grpccreds() {
            local -a found
            found=("${(@f)$(grpccreds "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a found
        }
        compdef _grpccreds grpccreds
        """;

    private const string Fish = """
        function __grpccreds
            set -l line (commandline -cp)
            grpccreds "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -f -c grpccreds -a '(__grpccreds)'
        """;

    private const string Pwsh = """
        Register-ArgumentCompleter -Native -CommandName grpccreds -ScriptBlock {
            param($word, $ast, $position)
            grpccreds "[suggest:$position]" "$ast" 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        """;

    private static readonly Dictionary<string, string> Scripts = new() { ["bash"] = Bash, ["zsh"] = Zsh, ["fish"] = Fish, ["pwsh"] = Pwsh };

    private static readonly Argument<string> Shell = new("SHELL") { Description = "bash, zsh, fish or pwsh.", HelpName = "SHELL" };

    public static CliCommand Create(Terminal terminal)
    {
        Shell.CompletionSources.Add([.. Scripts.Keys]);
        Shell.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !Scripts.ContainsKey(result.Tokens[0].Value))
                result.AddError("SHELL must be bash, zsh, fish or pwsh.");
        });
        return new CliCommand(
            "completion",
            "Prints the script with which a shell completes commands, options and the names of tenants.",
            "source <(grpccreds completion bash)",
            "grpccreds completion zsh > \"${fpath[1]}/_grpccreds\"",
            "grpccreds completion fish > ~/.config/fish/completions/grpccreds.fish",
            "grpccreds completion pwsh | Out-String | Invoke-Expression")
            { Shell }
            .Runs(terminal, invocation =>
            {
                invocation.Terminal.Line(Scripts[invocation.Required(Shell)]);
                return Task.FromResult(Exit.Done);
            });
    }
}
