function __prodcli_words
    env _PRODCLI_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args _TYPER_COMPLETE_ARGS=(commandline -cp) prodcli
end

complete --command prodcli --no-files --arguments "(__prodcli_words | string match --invert '*@files')"
complete --command prodcli --force-files --condition "__prodcli_words | string match --quiet '*@files'"

