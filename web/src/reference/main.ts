import { createApp } from 'vue';
import { followColorScheme } from '../ui/colorScheme';
import '../styles.css';
import ReferencePage from './ReferencePage.vue';

followColorScheme();
createApp(ReferencePage).mount('#reference');
