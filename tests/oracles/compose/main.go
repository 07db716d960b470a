// The real model of Compose files: one case a line on stdin, one answer a line on stdout.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/schema"
	"github.com/sirupsen/logrus"
)

// A case names a folder and what `docker compose` is told: files below it, variables, profiles.
type question struct {
	Folder      string            `json:"folder"`
	Files       []string          `json:"files"`
	EnvFiles    []string          `json:"envFiles"`
	Environment map[string]string `json:"environment"`
	Profiles    []string          `json:"profiles"`
	Name        string            `json:"name"`
	Schema      bool              `json:"schema"`
}

func answer(asked question) (answered map[string]any) {
	defer func() {
		if panicked := recover(); panicked != nil {
			answered = map[string]any{"error": fmt.Sprint("panic: ", panicked)}
		}
	}()
	if asked.Schema {
		var published any
		if err := json.Unmarshal([]byte(schema.Schema), &published); err != nil {
			return map[string]any{"error": err.Error()}
		}
		return map[string]any{"schema": published}
	}
	environment := []string{}
	for name, value := range asked.Environment {
		environment = append(environment, name+"="+value)
	}
	settings := []cli.ProjectOptionsFn{
		cli.WithWorkingDirectory(asked.Folder),
		cli.WithEnv(environment),
		cli.WithEnvFiles(asked.EnvFiles...),
		cli.WithDotEnv,
		cli.WithConfigFileEnv,
		cli.WithDefaultConfigPath,
		cli.WithProfiles(asked.Profiles),
	}
	if asked.Name != "" {
		settings = append(settings, cli.WithName(asked.Name))
	}
	options, err := cli.NewProjectOptions(asked.Files, settings...)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	keys := map[string]map[string]string{}
	for name, service := range project.Services {
		if service.Build == nil || service.Build.SSH == nil {
			continue
		}
		keys[name] = map[string]string{} // apart, as compose-go writes them in a way that is no JSON
		for _, key := range service.Build.SSH {
			keys[name][key.ID] = key.Path
		}
		service.Build.SSH = nil
		project.Services[name] = service
	}
	written, err := project.MarshalJSON()
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	var model any
	if err := json.Unmarshal(written, &model); err != nil {
		return map[string]any{"error": err.Error()}
	}
	disabled := []string{}
	for name := range project.DisabledServices {
		disabled = append(disabled, name)
	}
	return map[string]any{"model": model, "disabled": disabled, "ssh": keys}
}

func main() {
	logrus.SetOutput(io.Discard)
	lines := bufio.NewReader(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked question
		if err := json.Unmarshal(line, &asked); err != nil {
			_ = answers.Encode(map[string]any{"error": err.Error()})
			continue
		}
		_ = answers.Encode(answer(asked))
	}
}
