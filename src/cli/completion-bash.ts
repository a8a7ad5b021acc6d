/**
 * For bash, in cobra's protocol. Not @bomb.sh/tab's, as for the other shells: its own completes neither files nor
 * what follows an equals sign, needs the package bash-completion, and cannot be read twice by one shell.
 */
export const BASH = String.raw`# bash completion for gloo-istio

__gloo_istio_complete() {
    # The line up to the cursor, as bash itself breaks words at = and : as well.
    local words cur out directive value kept candidate
    read -ra words <<<"\${COMP_LINE:0:COMP_POINT}"
    [[ "\${COMP_LINE:0:COMP_POINT}" == *[[:space:]] ]] && words+=("")
    cur="\${words[\${#words[@]}-1]}"
    COMPREPLY=()
    out=$("\${words[0]}" complete -- "\${words[@]:1}" 2>/dev/null) || return 0
    directive="\${out##*:}"
    out="\${out%:*}"
    if [[ "$directive" == 4 ]]; then
        # Nothing but what is offered, and no files; bash 3 has no way to say so.
        compopt +o default 2>/dev/null
    fi
    value="$cur"
    [[ "$cur" == -*=* ]] && value="\${cur#*=}"
    # What bash takes for a word begins after the last colon.
    kept=""
    [[ "$COMP_WORDBREAKS" == *:* && "$value" == *:* ]] && kept="\${value%:*}:"
    while IFS=$'\t' read -r candidate _; do
        [[ -n "$candidate" ]] && COMPREPLY+=("\${candidate#"$kept"}")
    done <<<"$out"
}

complete -o default -F __gloo_istio_complete gloo-istio
`.replaceAll('\\${', '${')
